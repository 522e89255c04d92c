import { describe, expect, it } from 'vitest';
import { bytesFrom } from '../../../src/base/bytes.ts';
import { setUp, shape } from './modelled.ts';

describe('the requests of each model that reads, shape by shape as kube-apiserver sends them', () => {
  it('get: a linearizable Range of one key', () => {
    const { run } = setUp({ model: 'get', object: 'pod' });
    expect(run().calls.map(shape)).toEqual([{ method: 'range', key: expect.any(String) as string, limit: 1 }]);
  });

  it('list: pages from behind the last key, all at the revision of the first', () => {
    const { run, store, space } = setUp({ model: 'list', object: 'pod', page: 2 });
    for (let i = 0; i < 5; i++) store.put(space.keyOf(i), bytesFrom('x'));
    const { calls } = run({}, () => store.revision++);
    const requests = calls.map((call) => (call.method === 'range' ? call.request : {}));
    expect(requests).toHaveLength(3);
    expect(requests.every(({ rangeEnd, limit }) => rangeEnd === '/p/registry/pods0' && limit === 2)).toBe(true);
    expect(requests.map(({ revision }) => revision)).toEqual([0, 7, 7]);
    expect(requests[0]!.key).toBe('/p/registry/pods/');
    const keys = [...store.keys.keys()].sort();
    expect(requests.slice(1).map(({ key }) => key)).toEqual([`${keys[1]!}\0`, `${keys[3]!}\0`]);
  });

  it('list: exact ones from the first page on at a revision that was read before', () => {
    const { run, store, space } = setUp({ model: 'list', object: 'pod', page: 2, exact: true });
    for (let i = 0; i < 3; i++) store.put(space.keyOf(i), bytesFrom('x'));
    const { calls } = run({}, () => store.revision++);
    const requests = calls.map((call) => (call.method === 'range' ? call.request : {}));
    expect(requests[0]).toEqual({ key: '/p/registry/pods', limit: 1 });
    expect(requests.slice(1).map(({ revision }) => revision)).toEqual([5, 5]);
  });

  it('cached list: the revision alone, read from the name of the resource', () => {
    const { run, store, space } = setUp({ model: 'cached-list', object: 'pod' });
    store.put(space.keyOf(0), bytesFrom('x'));
    expect(run().calls.map(shape)).toEqual([{ method: 'range', key: '/p/registry/pods', limit: 1 }]);
  });

  it('count: the number under the resource and no values', () => {
    const { run } = setUp({ model: 'count', object: 'pod' });
    expect(run().calls.map(shape)).toEqual([
      { method: 'range', key: '/p/registry/pods/', rangeEnd: '/p/registry/pods0', countOnly: true },
    ]);
  });

  it('compact: a Txn on the version of its own key, then the revision of the round before', () => {
    const { run, store } = setUp({ model: 'compact' });
    const first = run().calls;
    store.revision = 500;
    const second = run().calls;
    expect(first.map(shape)).toEqual([
      {
        method: 'txn',
        compare: [{ result: 0, target: 0, key: '/p/registry/compact_rev_key', version: 0 }],
        success: [{ requestPut: { key: '/p/registry/compact_rev_key', value: '<value>' } }],
        failure: [{ requestRange: { key: '/p/registry/compact_rev_key' } }],
      },
    ]);
    expect(second.map((call) => call.class)).toEqual(['compact txn', 'compact']);
    expect(shape(second[1]!)).toEqual({ method: 'compact', revision: 2 });
  });

  it('status and health: one call each', () => {
    expect(setUp({ model: 'status' }).run().calls.map(shape)).toEqual([{ method: 'status' }]);
    expect(setUp({ model: 'health' }).run().calls.map(shape)).toEqual([{ method: 'range', key: '/p/registry/health' }]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteStringOf } from '../../../src/base/bytes.ts';
import { keyspaceOf } from '../../../src/core/workload/index.ts';
import type { ObjectSpace } from '../../../src/core/workload/index.ts';
import { PODS, constant, profileOf } from './profiles.ts';

const source = { name: 's', model: 'mixed', object: 'pod', reads: 0, arrivals: constant('1/s') };
const objects = fc.integer({ min: 0, max: 4_294_967_295 });

function pods(namespaces: number, keyBytes?: number): ObjectSpace {
  const profile = profileOf({
    objects: { pod: { ...PODS, namespaces } },
    sources: [{ ...source, ...(keyBytes === undefined ? {} : { keyBytes }) }],
  });
  return keyspaceOf(profile, '/p/registry', 1).of('pod', keyBytes);
}

describe('keys', () => {
  it.each([
    ['in namespaces', 3, undefined, (n: number) => `^/p/registry/pods/namespace-[0-2]/pod-${n}-[0-9a-z]{7}$`],
    ['without', 0, undefined, (n: number) => `^/p/registry/pods/pod-${n}-[0-9a-z]{7}$`],
    ['padded', 0, 256, (n: number) => `^/p/registry/pods/pod-${String(n).padStart(235, '0')}$`],
    ['padded to less than they take', 0, 1, (n: number) => `^/p/registry/pods/pod-${n}$`],
  ])('%s: of one form, as text and as bytes, and their objects found again', (_, namespaces, keyBytes, form) => {
    const space = pods(namespaces, keyBytes);
    const key = space.newKey();
    fc.assert(
      fc.property(objects, (object) => {
        const text = space.keyOf(object);
        expect(text).toMatch(new RegExp(form(object)));
        key.of(object);
        expect(key.length).toBe(text.length);
        expect(byteStringOf(key)).toBe(text);
        expect(space.objectOf(text)).toBe(object);
      }),
    );
  });

  it('are the same in every version for a seed', () => {
    expect([0, 7, 4_294_967_295].map((object) => pods(3).keyOf(object))).toEqual([
      '/p/registry/pods/namespace-1/pod-0-0t67dt4',
      '/p/registry/pods/namespace-1/pod-7-1bbvc3y',
      '/p/registry/pods/namespace-0/pod-4294967295-072wbvx',
    ]);
  });
});

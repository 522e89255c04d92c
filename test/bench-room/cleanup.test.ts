import { describe, expect, it } from 'vitest';
import { OperationError } from '../../src/base/errors.ts';
import { cleanUp } from '../../src/bench/cleanup.ts';
import type { ControlClient } from '../../src/client/control/index.ts';

/** A cluster of the keys given, in pages of one. */
function clusterOf(keys: string[]): { control: ControlClient; revoked: bigint[] } {
  const revoked: bigint[] = [];
  const control = {
    range: () => Promise.resolve({ kvs: keys.slice(0, 1).map((key) => ({ key, lease: 7n })) }),
    deleteRange: () => Promise.resolve(void keys.shift()),
    leaseRevoke: ({ id }: { id: bigint }) => Promise.resolve(void revoked.push(id)),
  } as unknown as ControlClient;
  return { control, revoked };
}

describe('cleanUp', () => {
  it('removes every key, and each lease that held one', async () => {
    const keys = ['/p/a', '/p/b'];
    const { control, revoked } = clusterOf(keys);
    expect(await cleanUp(control, '/p')).toBeUndefined();
    expect({ keys, revoked }).toEqual({ keys: [], revoked: [7n] });
  });

  it('says where keys may be left, and how to remove them, when the cluster no longer answers', async () => {
    const refused = new OperationError('127.0.0.1:1 refuses the connection');
    const control = { ...clusterOf(['/p/a']).control, deleteRange: () => Promise.reject(refused) };
    expect(await cleanUp(control, '/p')).toEqual({
      code: 'keys-left',
      text: 'keys may be left under /p/ (127.0.0.1:1 refuses the connection): etcdctl del --prefix /p/ removes them',
    });
  });
});

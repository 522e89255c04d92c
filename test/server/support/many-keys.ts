/** A member with so many keys that they are not read in one turn. */
import { expect } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { MemberClient, type PendingCall } from './member-client.ts';

export const KEYS = 1500;
export const ALL = { key: '\0', rangeEnd: '\0' };

export const keyAt = (i: number): string => `k${String(i).padStart(4, '0')}`;

export const texts = (kvs: readonly { value: Uint8Array }[]): string[] => [
  ...new Set(kvs.map(({ value }) => Buffer.from(value).toString())),
];

export function memberWithManyKeys() {
  const cluster = new MemoryCluster(1);
  const { member } = cluster.elect();
  const client = new MemberClient(cluster.services(0), cluster.clock);
  const done = <A>(call: PendingCall<A>): A => {
    cluster.clock.advance(100);
    expect(call.failure).toBeUndefined();
    return call.answer!;
  };
  for (let at = 0; at < KEYS; at += 100) {
    const success = Array.from({ length: 100 }, (_, i) => ({
      requestPut: { key: keyAt(at + i), value: Buffer.from('old') },
    }));
    done(client.unary('txn', { success }));
  }
  return { cluster, client, done, member };
}

/**
 * One member of the cluster: who it is, where it is reached, whether it votes.
 *
 * Ids as etcd makes them (contract: server/etcdserver/api/membership/member.go): the first eight bytes of a SHA-1.
 */
import { createHash } from 'node:crypto';
import type { MemberId } from '../../core/raft/types.ts';

export interface Member {
  readonly id: MemberId;
  /** Empty until the member has started and published itself. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/**
 * The id of a member: `salt` is the cluster token at bootstrap, or the Unix seconds in decimal for a member that is
 * added later.
 */
export function memberIdFor(peerUrls: readonly string[], salt: string): MemberId {
  return firstEightBytes(Buffer.from([...peerUrls].sort().join('') + salt));
}

/** The id of a cluster: the same over its first members' ids in order, eight bytes each, big-endian. */
export function clusterIdFor(members: readonly MemberId[]): bigint {
  const sorted = [...members].sort((a, b) => (a < b ? -1 : 1));
  const bytes = Buffer.alloc(8 * sorted.length);
  sorted.forEach((id, i) => bytes.writeBigUInt64BE(id, 8 * i));
  return firstEightBytes(bytes);
}

function firstEightBytes(bytes: Buffer): bigint {
  return createHash('sha1').update(bytes).digest().readBigUInt64BE(0);
}

/** Lower-case hexadecimal without padding, as etcd prints ids in logs, labels and keys. */
export function hexId(id: bigint): string {
  return id.toString(16);
}

/**
 * How a member introduces itself on the peer port, and why it may be refused. Header names are etcd's where etcd has one.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { MemberId } from '../../core/raft/types.ts';
import { hexId } from '../membership/member.ts';

/** Raised when frames or messages change so that an older member could not read them. */
const PEER_PROTOCOL_VERSION = 1;

export const STREAM_PATH = '/etcdmark/stream';
export const SNAPSHOT_PATH = '/etcdmark/snapshot';
export const UPGRADE_PROTOCOL = 'etcdmark-peer';

/** The status that tells a member that it is not one any more; etcd's too. */
export const GONE = 410;

export interface PeerIdentity {
  readonly clusterId: bigint;
  readonly from: MemberId;
  readonly to: MemberId;
}

export function identityHeaders(identity: PeerIdentity): Record<string, string> {
  return {
    'X-Etcd-Cluster-ID': hexId(identity.clusterId),
    'X-Server-From': hexId(identity.from),
    'X-Raft-To': hexId(identity.to),
    'X-Etcdmark-Peer-Version': String(PEER_PROTOCOL_VERSION),
  };
}

export type Refusal = { readonly status: number; readonly reason: string };

/** Who is calling, or why it is not let in. */
export function checkIdentity(
  headers: IncomingHttpHeaders,
  own: { readonly clusterId: bigint; readonly id: MemberId },
  isRemoved: (id: MemberId) => boolean,
): { readonly from: MemberId } | Refusal {
  const version = headers['x-etcdmark-peer-version'];
  if (version !== String(PEER_PROTOCOL_VERSION)) {
    return {
      status: 412,
      reason: `peer protocol version ${String(version)}, this member speaks ${PEER_PROTOCOL_VERSION}`,
    };
  }
  const clusterId = parseHexId(headers['x-etcd-cluster-id']);
  if (clusterId !== own.clusterId) {
    return {
      status: 412,
      reason: `cluster ID mismatch: want ${hexId(own.clusterId)}, got ${String(headers['x-etcd-cluster-id'])}`,
    };
  }
  const to = parseHexId(headers['x-raft-to']);
  if (to !== own.id) {
    return { status: 412, reason: `member ID mismatch: this is ${hexId(own.id)}, not ${String(headers['x-raft-to'])}` };
  }
  const from = parseHexId(headers['x-server-from']);
  if (from === undefined) return { status: 400, reason: 'no member ID in X-Server-From' };
  if (isRemoved(from)) return { status: GONE, reason: 'the member has been permanently removed from the cluster' };
  return { from };
}

function parseHexId(header: string | string[] | undefined): bigint | undefined {
  return typeof header === 'string' && /^[0-9a-f]{1,16}$/i.test(header) ? BigInt(`0x${header}`) : undefined;
}

/** How a member that joins an existing cluster learns who is in it: it asks the peers named in --initial-cluster. */
import { OperationError, errorMessage } from '../../base/errors.ts';
import type { ConnectionOptions } from 'node:tls';
import { memberFromJson } from '../membership/member-json.ts';
import type { Member } from '../membership/member.ts';
import { askPeer } from '../peer/ask.ts';

const ASK_TIMEOUT_MS = 5000;

export interface RemoteCluster {
  readonly clusterId: bigint;
  readonly members: readonly Member[];
}

/** Asks one peer after the other; rejects with every peer's reason where none answers. */
export async function fetchCluster(
  peerUrls: readonly string[],
  tls: ConnectionOptions | undefined,
): Promise<RemoteCluster> {
  const reasons: string[] = [];
  for (const url of peerUrls) {
    try {
      return await askCluster(url, tls);
    } catch (error) {
      reasons.push(`${url}: ${errorMessage(error)}`);
    }
  }
  throw new OperationError(`could not get the members of the existing cluster from its peers: ${reasons.join('; ')}`);
}

async function askCluster(url: string, tls: ConnectionOptions | undefined): Promise<RemoteCluster> {
  const { status, headers, text } = await askPeer(new URL('/members', url), { tls, timeoutMs: ASK_TIMEOUT_MS });
  const clusterId = String(headers['x-etcd-cluster-id']);
  if (status !== 200) throw new OperationError(`answered with ${status}`);
  return { clusterId: BigInt(`0x${clusterId}`), members: parseMembers(text) };
}

/** Each member by itself: ids are above 2^53 and must be read from the text. */
function parseMembers(text: string): Member[] {
  const records = text.match(/\{"id":\d+[^{}]*\}/g) ?? [];
  if (records.length === 0) throw new OperationError('answered without members');
  return records.map((record) => memberFromJson(record).member);
}

/** The member of the running cluster that this configuration describes: added before, with exactly these peer URLs. */
export function findOwn(cluster: RemoteCluster, peerUrls: readonly string[]): Member {
  const wanted = [...peerUrls].sort().join();
  const own = cluster.members.find((member) => [...member.peerUrls].sort().join() === wanted);
  if (own === undefined) {
    throw new OperationError(
      `error validating peerURLs: no member of the existing cluster has ${wanted}: add it first with etcdctl member add`,
    );
  }
  return own;
}

/** How a member that joins an existing cluster learns who is in it: it asks the peers named in --initial-cluster. */
import { OperationError, errorMessage } from '../../base/errors.ts';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { memberFromJson } from '../membership/member-json.ts';
import type { Member } from '../membership/member.ts';

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
      return await askPeer(url, tls);
    } catch (error) {
      reasons.push(`${url}: ${errorMessage(error)}`);
    }
  }
  throw new OperationError(`could not get the members of the existing cluster from its peers: ${reasons.join('; ')}`);
}

function askPeer(url: string, tls: ConnectionOptions | undefined): Promise<RemoteCluster> {
  const target = new URL('/members', url);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(target, { agent: false, timeout: ASK_TIMEOUT_MS, ...tls }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () => {
        try {
          const clusterId = String(response.headers['x-etcd-cluster-id']);
          if (response.statusCode !== 200) throw new OperationError(`answered with ${response.statusCode}`);
          resolve({ clusterId: BigInt(`0x${clusterId}`), members: parseMembers(text) });
        } catch (error) {
          reject(error instanceof Error ? error : new Error(errorMessage(error)));
        }
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${ASK_TIMEOUT_MS} ms`)));
    request.on('error', reject);
    request.end();
  });
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

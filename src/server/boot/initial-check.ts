/**
 * --experimental-initial-corrupt-check: before a member serves anybody, its data is compared with that of the peers that
 * answer. Source of the rules: etcd v3.6.16 server/etcdserver/corrupt.go (InitialCheck, HashByRev).
 */
import type { ConnectionOptions } from 'node:tls';
import { errorMessage, OperationError } from '../../base/errors.ts';
import { PEER_HASH_PATH } from '../http/peer-port.ts';
import type { Logger } from '../log.ts';
import type { RevisionHash } from '../maintenance/corruption-check.ts';
import { hexId, type Member } from '../membership/member.ts';
import { requestTimeoutMs } from '../member/parts.ts';
import { askPeer } from '../peer/ask.ts';
import type { MemberServices } from '../services.ts';

export interface InitialCheckOptions {
  readonly id: bigint;
  readonly revision: number;
  readonly own: RevisionHash;
  readonly peers: readonly Member[];
  readonly tls: ConnectionOptions | undefined;
  /** For each peer's answer. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** Rejects where a peer of this member, which does not serve yet, holds something else than it does. */
export async function compareWithPeers(services: MemberServices, tls: ConnectionOptions | undefined): Promise<void> {
  const { store, parts } = services.member;
  const { id, log, membership, settings } = parts;
  const revision = store.currentRevision;
  const own = await new Promise<RevisionHash | undefined>((resolve) => services.hashAt(revision, resolve));
  if (own === undefined) throw new OperationError(`revision ${revision} of this member's own data cannot be hashed`);
  const timeoutMs = requestTimeoutMs(settings);
  await initialCheck({ id, revision, own, peers: membership.list(), tls, timeoutMs, log });
}

/** Rejects where a peer holds something else at this revision. Peers that do not answer, or cannot say, do not count. */
export async function initialCheck(options: InitialCheckOptions): Promise<void> {
  const { id, revision, own, peers, tls, timeoutMs, log } = options;
  const local = { 'local-member-id': hexId(id), 'local-member-revision': revision };
  log.info('starting initial corruption check', local);
  let mismatches = 0;
  const compare = async (peer: Member): Promise<void> => {
    const remote = { ...local, 'remote-peer-id': hexId(peer.id) };
    try {
      const theirs = await askHash(peer.peerUrls[0]!, revision, tls, timeoutMs);
      if (theirs.hash === own.hash) return;
      if (theirs.compactRevision === own.compactRevision) {
        log.warn('found different hash values from remote peer', remote);
        mismatches++;
      } else log.warn('found different compact revision values from remote peer', remote);
    } catch (error) {
      log.warn('cannot fetch hash from remote peer', { ...remote, error: errorMessage(error) });
    }
  };
  await Promise.all(peers.filter((peer) => peer.id !== id).map(compare));
  if (mismatches > 0) throw new OperationError(`${hexId(id)} found data inconsistency with peers`);
  log.info('initial corruption checking passed; no corruption', local);
}

async function askHash(
  peerUrl: string,
  revision: number,
  tls: ConnectionOptions | undefined,
  timeoutMs: number,
): Promise<RevisionHash> {
  const url = new URL(PEER_HASH_PATH, peerUrl);
  const { status, text } = await askPeer(url, { tls, timeoutMs, json: { revision } });
  if (status !== 200) throw new OperationError(text.trim());
  return readHash(text);
}

/** Go's encoding of a HashKVResponse: numbers, and nothing where one is zero. */
function readHash(text: string): RevisionHash {
  const { hash = 0, compact_revision: compactRevision = 0 } = JSON.parse(text) as {
    hash?: number;
    compact_revision?: number;
  };
  return { hash, compactRevision };
}

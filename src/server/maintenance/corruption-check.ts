/**
 * Corruption check: the leader asks every member for the hash of the same revision, and raises CORRUPT for those that the
 * majority contradicts. Source of the rules: etcd server/etcdserver/corrupt.go (PeriodicCheck); contract section 4.9.
 */
import type { Timer } from '../../base/clock.ts';
import { AlarmAction, AlarmType, ApiError, apiError, type Message } from '../../core/api/index.ts';
import type { MemberId } from '../../core/raft/index.ts';
import { codecs } from '../../wire/messages/index.ts';
import { UNAWAITED } from '../consensus/proposals.ts';
import { PEER_OPERATIONS, type LeaderRequests, type PeerOperation } from '../handlers/forwarding.ts';
import { hexId } from '../membership/member.ts';
import type { Member } from '../member/member.ts';
import { finishHash } from './hashing.ts';

/** What a member holds at a revision; comparable only with one of the same compaction. */
export interface RevisionHash {
  readonly hash: number;
  readonly compactRevision: number;
}

type Answer = RevisionHash & { readonly id: MemberId };

export class CorruptionCheck {
  readonly #member: Member;
  readonly #intervalMs: number;
  readonly #requests: LeaderRequests;
  readonly #hashOperation: PeerOperation<'HashKVRequest', 'HashKVResponse'>;
  #timer: Timer | undefined;

  /** `intervalMs` 0 switches the periodic check off, as in etcd; members answer other members' checks all the same. */
  constructor(member: Member, requests: LeaderRequests, intervalMs: number) {
    this.#member = member;
    this.#requests = requests;
    this.#intervalMs = intervalMs;
    this.#hashOperation = requests.register({
      code: PEER_OPERATIONS.hashKV,
      anyMember: true,
      request: 'HashKVRequest',
      response: 'HashKVResponse',
      answer: ({ revision }: Message<'HashKVRequest'>, done) => {
        this.hash(revision, (held) =>
          done(held === undefined ? apiError('timeout') : { header: undefined, ...held, hashRevision: revision }),
        );
      },
    });
  }

  onLeadership(isLeader: boolean): void {
    if (!isLeader) this.stop();
    else if (this.#intervalMs > 0) this.#timer ??= this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** One check; `done` with the members that were found corrupt. */
  check(done: (corrupt: readonly MemberId[]) => void): void {
    const { id, membership, settings } = this.#member.parts;
    const revision = this.#member.store.currentRevision;
    const others = membership.list().filter((member) => member.id !== id);
    const answers: Answer[] = [];
    let open = 1 + others.length;
    const arrived = (answer: Answer | undefined): void => {
      if (answer !== undefined) answers.push(answer);
      if (--open > 0) return;
      const corrupt = contradicted(answers);
      for (const member of corrupt) this.#raise(member, revision);
      done(corrupt);
    };
    this.hash(revision, (own) => arrived(own && { id, ...own }));
    for (const other of others) {
      this.#requests.askMember(other.id, this.#hashOperation, { revision }, settings.electionMs, (response) =>
        arrived(
          response instanceof ApiError
            ? undefined
            : { id: other.id, hash: response.hash, compactRevision: response.compactRevision },
        ),
      );
    }
  }

  /** Undefined where the revision cannot be hashed here: it has not come yet, or is compacted. */
  hash(revision: number, done: (held: RevisionHash | undefined) => void): void {
    const unless = (error: unknown): void => {
      if (!(error instanceof ApiError)) throw error;
      done(undefined);
    };
    try {
      const work = this.#member.store.hashKV(revision);
      finishHash(work, this.#member.parts.clock, (error) => {
        if (error === undefined) done({ hash: work.hash, compactRevision: work.compactRevision });
        else unless(error);
      });
    } catch (error) {
      unless(error);
    }
  }

  #raise(memberId: MemberId, revision: number): void {
    this.#member.parts.log.error('found hash mismatch', { 'corrupted-member-id': hexId(memberId), revision });
    const request = codecs.AlarmRequest.encode({ action: AlarmAction.ACTIVATE, memberId, alarm: AlarmType.CORRUPT });
    // One that is lost is raised again by the next check.
    this.#member.propose('alarm', request, UNAWAITED);
  }

  #schedule(): Timer {
    return this.#member.parts.clock.after(this.#intervalMs, () => {
      this.check(() => {
        if (this.#timer !== undefined) this.#timer = this.#schedule();
      });
    });
  }
}

/**
 * Who is contradicted. Only hashes over the same compaction can be compared. Without a majority of one opinion nobody can
 * be named: the alarm then names member 0.
 */
export function contradicted(answers: readonly Answer[]): MemberId[] {
  const compacted = Math.max(...answers.map((answer) => answer.compactRevision));
  const comparable = answers.filter((answer) => answer.compactRevision === compacted);
  const hashes = new Set(comparable.map((answer) => answer.hash));
  if (hashes.size <= 1) return [];
  for (const hash of hashes) {
    const agreeing = comparable.filter((answer) => answer.hash === hash);
    if (agreeing.length > comparable.length / 2) {
      return comparable.filter((answer) => answer.hash !== hash).map((answer) => answer.id);
    }
  }
  return [0n];
}

/** Who leads, since when, and what that means: for metrics, for the log, and for why a request got no answer in time. */
import type { Timer } from '../../base/clock.ts';
import { ApiError, apiError, GrpcCode } from '../../core/api/index.ts';
import { NOBODY, type MemberId, type SoftState } from '../../core/raft/index.ts';
import { hexId } from '../membership/member.ts';
import type { MemberParts } from './parts.ts';

export class Leadership {
  readonly #parts: MemberParts;
  #soft: SoftState = { role: 'follower', leader: NOBODY };
  #lostLeaderMs = -Infinity;
  #hasHadLeader = false;
  /** While this member, which has been removed, is still needed. */
  #leaving: Timer | undefined;

  constructor(parts: MemberParts) {
    this.#parts = parts;
  }

  get isLeader(): boolean {
    return this.#soft.role === 'leader';
  }

  /** NOBODY while no leader is known. */
  get leader(): MemberId {
    return this.#soft.leader;
  }

  /** False while the leader is known and no message reaches it. */
  get isInReach(): boolean {
    const { leader } = this;
    return this.isLeader || leader === NOBODY || this.#parts.transport.activeSinceMs(leader) !== undefined;
  }

  /** Takes what raft tells; true where there is a leader again, or another one, after there was one. */
  update(state: SoftState, term: number): boolean {
    const { clock, log, metrics, id } = this.#parts;
    const before = this.#soft;
    this.#soft = state;
    metrics.hasLeader.value = state.leader === NOBODY ? 0 : 1;
    metrics.isLeader.value = state.role === 'leader' ? 1 : 0;
    if (state.leader === before.leader) return false;
    const fields = { 'local-member-id': hexId(id), term };
    if (state.leader === NOBODY) {
      this.#lostLeaderMs = clock.nowMs();
      log.warn(`raft.node: ${hexId(id)} lost leader ${hexId(before.leader)}`, fields);
      return false;
    }
    metrics.leaderChanges.value++;
    log.info(`raft.node: ${hexId(id)} elected leader ${hexId(state.leader)}`, fields);
    const isAnother = this.#hasHadLeader;
    this.#hasHadLeader = true;
    return isAnother;
  }

  /** This leader's heartbeat left so late that its followers may have given up on it. */
  onLateTick(): void {
    const { metrics, log } = this.#parts;
    metrics.heartbeatSendFailures.value++;
    log.warn('leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk');
  }

  /** Why a request that came at `sinceMs` has timed out, as etcd tells its clients. */
  timeoutError(sinceMs: number, isProposed: boolean): ApiError {
    const { settings, transport } = this.#parts;
    // What never found a leader: there its context ends before raft has taken it.
    if (!isProposed && this.leader === NOBODY) {
      return new ApiError('other', GrpcCode.DEADLINE_EXCEEDED, 'context deadline exceeded');
    }
    const sufferedByFailure = this.#lostLeaderMs >= sinceMs - 2 * settings.electionMs;
    if (this.leader === NOBODY || sufferedByFailure) return apiError('timeoutDueToLeaderFail');
    const isConnected = this.isLeader
      ? this.#hadQuorumSince(sinceMs)
      : (transport.activeSinceMs(this.leader) ?? Infinity) <= sinceMs;
    return apiError(isConnected ? 'timeout' : 'timeoutDueToConnectionLost');
  }

  /** The voter that has been reachable for longest: the best to hand the leadership to. */
  longestConnectedVoter(): MemberId | undefined {
    const { membership, transport, id } = this.#parts;
    const [longest] = membership
      .voters()
      .filter((voter) => voter.id !== id)
      .map((voter) => ({ id: voter.id, sinceMs: transport.activeSinceMs(voter.id) ?? Infinity }))
      .filter(({ sinceMs }) => sinceMs !== Infinity)
      .sort((a, b) => a.sinceMs - b.sinceMs);
    return longest?.id;
  }

  /**
   * Calls back once this member, which has been removed, is not needed any more, and when its last answers have left: those
   * who remain must learn of the removal from somebody. Two or more can elect without it, and it leads on for one election
   * at most. One alone cannot, before it knows: with that one down it stays until it is back, for its vote.
   */
  whenGivenUp(whenFree: () => void, done: () => void): void {
    const { clock, settings, raft } = this.#parts;
    const latestMs = clock.nowMs() + settings.electionMs;
    const isNeeded = (): boolean => {
      const { confState, mayLeave } = raft.status();
      return confState.voters.length === 1 ? !mayLeave : this.isLeader && clock.nowMs() < latestMs;
    };
    const check = (): void => {
      if (isNeeded()) {
        this.#leaving = clock.after(settings.heartbeatMs, check);
        return;
      }
      whenFree();
      this.#leaving = clock.after(settings.heartbeatMs, done);
    };
    check();
  }

  stop(): void {
    this.#leaving?.cancel();
  }

  /** Whether this leader has been connected to a quorum ever since. */
  #hadQuorumSince(sinceMs: number): boolean {
    const { membership, transport, id } = this.#parts;
    const voters = membership.voters();
    const connected = voters.filter(
      (voter) => voter.id === id || (transport.activeSinceMs(voter.id) ?? Infinity) <= sinceMs,
    );
    return connected.length > voters.length / 2;
  }
}

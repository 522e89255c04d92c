/** The consensus machine of one member: the one door to the state, and the maker of Readys. */
import { assert } from '../../base/errors.ts';
import { encodeConfChange, type ConfChange } from './conf-change.ts';
import type { RaftConfig, RestoredState } from './config.ts';
import { countOwnVote, standForElection } from './election.ts';
import { applyConfChange } from './membership.ts';
import type { Message } from './messages.ts';
import { propose } from './proposals.ts';
import { readsDue, sendReads } from './read-index.ts';
import type { Raft } from './raft.ts';
import type { ProposeResult, Ready, SoftState } from './ready.ts';
import { countOwnPersisted, sendAppends } from './replication.ts';
import { RaftState } from './state.ts';
import { statusOf, type RaftStatus } from './status.ts';
import { step } from './step.ts';
import { tick } from './ticking.ts';
import { startTransfer } from './transfer.ts';
import { ENTRY_CONF_CHANGE, ENTRY_NORMAL, type ConfState, type HardState, type MemberId } from './types.ts';

export class RaftNode implements Raft {
  readonly #state: RaftState;
  #readyNumber = 0;
  #toldHardState: HardState;
  #toldSoftState: SoftState;

  constructor(config: RaftConfig, restored: RestoredState) {
    const state = new RaftState(config, restored);
    this.#state = state;
    this.#toldHardState = { term: state.term, vote: state.vote, commit: state.log.commit };
    this.#toldSoftState = { role: state.role, leader: state.leader };
  }

  tick(): void {
    tick(this.#state);
  }

  campaign(): void {
    standForElection(this.#state);
  }

  step(message: Message): void {
    step(this.#state, message);
  }

  propose(data: readonly Uint8Array[]): ProposeResult {
    return propose(this.#state, ENTRY_NORMAL, data);
  }

  proposeConfChange(change: ConfChange): ProposeResult {
    return propose(this.#state, ENTRY_CONF_CHANGE, [encodeConfChange(change)]);
  }

  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.#state, change);
  }

  readIndex(context: number): boolean {
    return this.#state.reads.add(context);
  }

  transferLeadership(to: MemberId): boolean {
    return startTransfer(this.#state, to);
  }

  reportUnreachable(id: MemberId): void {
    const progress = this.#state.progress.get(id);
    if (progress?.state === 'replicate') progress.becomeProbe();
  }

  reportSnapshot(id: MemberId, ok: boolean): void {
    const progress = this.#state.progress.get(id);
    if (progress?.state !== 'snapshot') return;
    if (!ok) progress.pendingSnapshot = 0;
    progress.becomeProbe();
    // Not at once: delivered, it is yet to be installed; failed, the follower is to be left alone for a heartbeat.
    progress.probeSent = true;
  }

  hasReady(): boolean {
    const state = this.#state;
    const { log } = state;
    return (
      !state.outbox.isEmpty ||
      state.replicationDue ||
      log.hasUnhanded ||
      log.hasCommitted ||
      state.reads.hasAnswered ||
      readsDue(state) ||
      state.restoredMark !== undefined ||
      this.#changedHardState() !== undefined ||
      this.#changedSoftState() !== undefined
    );
  }

  ready(): Ready {
    const state = this.#state;
    const { log, outbox } = state;
    sendReads(state);
    if (state.replicationDue) sendAppends(state);

    const number = ++this.#readyNumber;
    const hardState = this.#changedHardState();
    const softState = this.#changedSoftState();
    const snapshot = state.restoredMark;
    const entries = log.unhanded();
    state.restoredMark = undefined;
    const told = this.#toldHardState;
    // The commit index promises nothing, but for one that a membership change waits for.
    const promised =
      hardState !== undefined &&
      (hardState.term !== told.term || hardState.vote !== told.vote || log.sureCommit < log.commit);
    const mustSync = promised || entries.length > 0 || snapshot !== undefined;
    if (hardState !== undefined || entries.length > 0) {
      log.persistence.handedOut(number, log.lastIndex, hardState, mustSync);
    }
    this.#toldHardState = hardState ?? told;
    this.#toldSoftState = softState ?? this.#toldSoftState;
    return {
      number,
      softState,
      hardState,
      snapshot,
      entries,
      mustSync,
      committed: log.takeCommitted(state.config.maxCommittedBytesPerReady),
      messages: outbox.takeAtOnce(),
      // By then the commit index is sure.
      messagesAfterPersist: outbox.takeAfterPersist(state.id, log.commit),
      readStates: state.reads.takeAnswered(),
    };
  }

  #changedHardState(): HardState | undefined {
    const { term, vote, log } = this.#state;
    const told = this.#toldHardState;
    if (term === told.term && vote === told.vote && log.commit === told.commit) return undefined;
    return { term, vote, commit: log.commit };
  }

  #changedSoftState(): SoftState | undefined {
    const { role, leader } = this.#state;
    const told = this.#toldSoftState;
    return role === told.role && leader === told.leader ? undefined : { role, leader };
  }

  persisted(readyNumber: number): void {
    assert(readyNumber <= this.#readyNumber, `raft: Ready ${readyNumber} is durable before it was made`);
    const state = this.#state;
    const { log } = state;
    const told = log.sureCommit;
    log.persistence.persisted(readyNumber);
    if (state.role === 'leader') {
      if (log.sureCommit > told) state.replicationDue = true;
      countOwnPersisted(state);
    } else {
      countOwnVote(state);
    }
  }

  applied(index: number): void {
    this.#state.log.appliedTo(index);
  }

  compact(index: number, confState: ConfState): void {
    this.#state.log.compact(index, confState);
  }

  status(): RaftStatus {
    return statusOf(this.#state);
  }
}

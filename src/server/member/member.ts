/**
 * One member: consensus, store and membership joined together. Request handlers and the HTTP side talk to it; the
 * outside world is handed in (`parts.ts`).
 */
import { apiError } from '../../core/api/index.ts';
import { Store, type Applied } from '../../core/mvcc/index.ts';
import { NOBODY, type Message, type MemberId, type SnapshotMark, type SoftState } from '../../core/raft/index.ts';
import { encodeHeaderPrefix, raftRequestSize, type RaftRequestKind } from '../../wire/messages/index.ts';
import { LeaderAssurance } from '../consensus/leader-assurance.ts';
import { LinearizableReads, type ReadWaiter } from '../consensus/linearizable-reads.ts';
import { Proposals, type ProposalWaiter } from '../consensus/proposals.ts';
import { RaftLoop } from '../consensus/raft-loop.ts';
import { MemberRemovedError } from '../membership/removed.ts';
import { Applier } from './applier.ts';
import { BackendCommitter } from './backend-committer.ts';
import { Leadership } from './leadership.ts';
import { LogKeeper } from './log-keeper.ts';
import { MembershipChanges } from './membership-changes.ts';
import type { MemberObserver } from './observer.ts';
import { requestTimeoutMs, type MemberParts } from './parts.ts';
import { SnapshotExchange } from './snapshot-exchange.ts';

export class Member {
  readonly parts: MemberParts;
  readonly headerPrefix: Buffer;
  readonly changes: MembershipChanges;
  readonly proposals: Proposals<Applied>;
  readonly reads: LinearizableReads;
  readonly assurance: LeaderAssurance;
  readonly leadership: Leadership;
  #store: Store;
  readonly #loop: RaftLoop;
  readonly #applier: Applier;
  readonly #committer: BackendCommitter;
  readonly #keeper: LogKeeper;
  readonly #snapshots: SnapshotExchange;
  #observer: MemberObserver | undefined;
  #appliedIndex: number;
  #isStopped = false;

  constructor(parts: MemberParts) {
    const { backend, clock, random, raft, settings, log, metrics } = parts;
    this.parts = parts;
    this.leadership = new Leadership(parts);
    this.headerPrefix = encodeHeaderPrefix(parts.clusterId, parts.id);
    this.#store = new Store(backend, settings.store);
    this.#appliedIndex = this.#store.appliedIndex;
    this.proposals = new Proposals({
      clock,
      random,
      timeoutMs: requestTimeoutMs(settings),
      propose: (data) => this.#loop.propose(data),
      isInReach: () => this.leadership.isInReach,
      unapplied: () => this.#loop.commit - this.#appliedIndex,
      isBackendBehind: () => this.#committer.isBehind,
      timeoutError: (sinceMs, isProposed) => this.leadership.timeoutError(sinceMs, isProposed),
    });
    this.reads = new LinearizableReads({
      clock,
      timeoutMs: requestTimeoutMs(settings),
      ask: (context) => {
        raft.readIndex(context);
        this.#loop.wake();
      },
      onSlow: () => metrics.slowReadIndexes.value++,
      onFailed: () => metrics.readIndexesFailed.value++,
    });
    this.reads.onApplied(this.#appliedIndex);
    this.assurance = new LeaderAssurance(this, clock, settings.electionMs);
    this.#keeper = new LogKeeper({
      raft,
      backend,
      clock,
      log,
      marks: parts.marks,
      settings,
      commit: () => this.#committer.commit(),
      lastMark: parts.mark,
    });
    this.changes = new MembershipChanges(
      {
        own: parts.id,
        raft,
        backend,
        membership: parts.membership,
        transport: parts.transport,
        maxLearners: settings.maxLearners,
        onConfState: (index, confState) => this.#keeper.onConfChange(index, confState),
        onRemoved: (whenFree) => this.leadership.whenGivenUp(whenFree, () => parts.onFatal(new MemberRemovedError())),
      },
      (BigInt(random.uint32()) << 31n) | BigInt(random.uint32() >>> 1),
    );
    this.#applier = new Applier({
      store: () => this.#store,
      proposals: this.proposals,
      membership: this.changes,
      clock,
      log,
      metrics,
      warningApplyMs: settings.warningApplyMs,
      onEvents: (events) => this.#observer?.onEvents(events),
      onNoSpace: () => this.#observer?.onNoSpace(),
      onTermStarted: (term) => {
        if (this.isLeader && term === this.term) this.#observer?.onTermStarted();
      },
    });
    this.#committer = new BackendCommitter({
      backend,
      clock,
      intervalMs: settings.backendBatchIntervalMs,
      maxOperations: settings.backendBatchOperations,
      maxBacklogBytes: settings.backendBacklogBytes,
      commit: () => this.#store.commit(),
    });
    this.#loop = new RaftLoop({
      raft,
      log: parts.wal,
      clock,
      heartbeatMs: settings.heartbeatMs,
      handlers: {
        apply: (entries) => this.#apply(entries),
        install: (mark, done) => this.#install(mark, done),
        onSoftState: (state) => this.#onSoftState(state),
        onReadState: (state) => this.reads.onReadState(state),
        send: (messages) => this.#send(messages),
        onLateTick: () => this.leadership.onLateTick(),
      },
    });
    this.#snapshots = new SnapshotExchange({
      own: parts.id,
      raft,
      backend,
      transport: parts.transport,
      clock,
      log,
      metrics,
      commit: () => this.#committer.commit(),
      holdLog: (to, snapshotIndex) => this.#keeper.hold(to, snapshotIndex),
      step: (message) => this.#loop.step(message),
    });
  }

  get store(): Store {
    return this.#store;
  }

  get isLeader(): boolean {
    return this.leadership.isLeader;
  }

  /** NOBODY while no leader is known. */
  get leader(): MemberId {
    return this.leadership.leader;
  }

  get term(): number {
    return this.#loop.term;
  }

  get isLearner(): boolean {
    return this.parts.membership.get(this.parts.id)?.isLearner ?? false;
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get committedIndex(): number {
    return Math.max(this.#loop.commit, this.#appliedIndex);
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Names who is told; before `start`. */
  observe(observer: MemberObserver): void {
    this.#observer = observer;
  }

  /** Begins to take part in the cluster. */
  start(): void {
    const { backend, clock, metrics, transport, settings } = this.parts;
    backend.onCommitted = (durationMs) => metrics.backendCommitSeconds.observe(durationMs / 1000);
    backend.onFlushed = (flushedIndex) => {
      this.#committer.onFlushed(flushedIndex);
      this.#keeper.onFlushed();
    };
    backend.onFailed = (error) => this.parts.onFatal(error);
    transport.start({
      onMessage: (message) => this.#loop.step(message),
      onReachable: () => this.proposals.flush(),
      onUnreachable: (peer) => this.parts.raft.reportUnreachable(peer),
      onForward: (_from, request, answer) => this.#observer?.onForward(request, answer),
      onSnapshot: (from, term, mark) => this.#snapshots.receive(from, term, mark),
    });
    this.changes.connectPeers();
    const electionTicks = Math.round(settings.electionMs / settings.heartbeatMs);
    // Others leave a leader two ticks to be heard; a member alone has nobody to wait for.
    this.#loop.start(settings.initialElectionTickAdvance ? Math.max(0, electionTicks - 2) : 0);
    if (this.parts.isAlone) clock.soon(() => this.#loop.campaign());
  }

  /** Puts a request through the log; `encoded` is the client's own encoding of it. */
  propose(kind: RaftRequestKind, encoded: Uint8Array, waiter: ProposalWaiter<Applied>): void {
    // etcd holds its limit against the log's entry, which is a little more than the client's request.
    if (raftRequestSize(Number.MAX_SAFE_INTEGER, '', 0, kind, encoded) > this.parts.settings.maxRequestBytes) {
      waiter.failed(apiError('requestTooLarge'));
      return;
    }
    this.proposals.submit(kind, encoded, waiter);
  }

  /** Calls back when everything acknowledged before this call can be read here. */
  linearize(waiter: ReadWaiter): void {
    this.reads.wait(waiter);
  }

  proposeConfChange(change: Parameters<RaftLoop['proposeConfChange']>[0]): ReturnType<RaftLoop['proposeConfChange']> {
    return this.#loop.proposeConfChange(change);
  }

  transferLeadership(to: MemberId): boolean {
    const isStarted = this.parts.raft.transferLeadership(to);
    this.#loop.wake();
    return isStarted;
  }

  /** Stops taking part; what waits is told so. The backend and the log are the owner's to close. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#loop.stop();
    this.#committer.stop();
    this.proposals.stop();
    this.reads.stop();
    this.changes.stop(apiError('stopped'));
    this.leadership.stop();
    this.#snapshots.stop();
    this.#keeper.stop();
  }

  /** Ends the backend's batch, so that a clean stop leaves nothing to replay. */
  commitBackend(): void {
    this.#committer.commit();
  }

  #apply(entries: Parameters<Applier['apply']>[0]): void {
    const { metrics } = this.parts;
    this.#applier.apply(entries);
    const last = entries[entries.length - 1]!;
    this.#appliedIndex = last.index;
    metrics.proposalsApplied.value = this.#appliedIndex;
    metrics.proposalsCommitted.value = this.committedIndex;
    this.reads.onApplied(this.#appliedIndex);
    this.#committer.afterApply(entries);
    this.#keeper.onApplied(last.index, last.term);
    this.#observer?.onApplied();
  }

  #install(mark: SnapshotMark, done: () => void): void {
    const { metrics, membership, log, backend, settings, onFatal } = this.parts;
    metrics.snapshotApplyInProgress.value = 1;
    log.info('applying snapshot', { 'incoming-leader-snapshot-index': mark.index });
    this.#committer.stop();
    this.#snapshots.install(mark, (error) => {
      if (this.#isStopped) return;
      if (error !== undefined) {
        onFatal(error);
        return;
      }
      this.#store = new Store(backend, settings.store);
      this.#committer.onReplaced();
      membership.reload(backend);
      this.changes.connectPeers();
      this.#keeper.onInstalled(mark);
      this.#appliedIndex = mark.index;
      this.reads.onApplied(mark.index);
      this.#observer?.onStoreReplaced();
      metrics.snapshotApplyInProgress.value = 0;
      done();
    });
  }

  #send(messages: readonly Message[]): void {
    let plain = messages;
    if (messages.some((message) => message.type === 'snapshot')) {
      plain = messages.filter((message) => message.type !== 'snapshot');
      for (const message of messages) if (message.type === 'snapshot') this.#snapshots.send(message);
    }
    if (plain.length > 0) this.parts.transport.send(plain);
  }

  #onSoftState(state: SoftState): void {
    if (this.leadership.update(state, this.term)) this.reads.onLeaderChanged();
    if (state.leader !== NOBODY) this.proposals.flush();
    this.#observer?.onLeadership(this.isLeader);
  }
}

/**
 * Snapshots between members: a leader streams its backend to a follower that fell behind its log; the follower keeps the
 * stream aside until raft says that it is to be installed.
 */
import type { Backend, BackendRestore } from '../../base/backend.ts';
import type { Clock } from '../../base/clock.ts';
import { assert, OperationError } from '../../base/errors.ts';
import type { MemberId, Message, Raft, SnapshotMark } from '../../core/raft/index.ts';
import { hexId } from '../membership/member.ts';
import type { Logger } from '../log.ts';
import type { MemberMetrics } from '../metrics/member-metrics.ts';
import type { PeerTransport, SnapshotSink } from '../peer/transport.ts';

type SnapshotMessage = Extract<Message, { type: 'snapshot' }>;

export interface SnapshotExchangeOptions {
  readonly own: MemberId;
  readonly raft: Pick<Raft, 'reportSnapshot' | 'status'>;
  readonly backend: Pick<Backend, 'snapshot' | 'restore'>;
  readonly transport: Pick<PeerTransport, 'sendSnapshot'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<MemberMetrics, 'backendSnapshotSeconds' | 'snapDbFsyncSeconds' | 'snapDbSaveSeconds'>;
  readonly commit: () => void;
  /** Keeps the log that follows on a snapshot until it is told what became of it. */
  readonly holdLog: (to: MemberId, snapshotIndex: number) => (isDelivered: boolean) => void;
  readonly step: (message: Message) => void;
}

export class SnapshotExchange {
  readonly #options: SnapshotExchangeOptions;
  #received: { readonly mark: SnapshotMark; readonly restore: BackendRestore; readonly startedMs: number } | undefined;
  #isReceiving = false;
  #isStopped = false;

  constructor(options: SnapshotExchangeOptions) {
    this.#options = options;
  }

  send(message: SnapshotMessage): void {
    const { backend, transport, raft, clock, log, metrics, commit, holdLog } = this.#options;
    const startedMs = clock.nowMs();
    // The backend may be ahead of the mark, never behind it; the follower skips what it then has twice.
    commit();
    const snapshot = backend.snapshot();
    const release = holdLog(message.to, message.mark.index);
    log.info('sending database snapshot', {
      'remote-peer-id': hexId(message.to),
      'snapshot-index': message.mark.index,
    });
    transport.sendSnapshot(message.to, {
      term: message.term,
      mark: message.mark,
      next: () => snapshot.next(),
      close: (isDelivered) => {
        snapshot.close();
        metrics.backendSnapshotSeconds.observe((clock.nowMs() - startedMs) / 1000);
        if (this.#isStopped) return;
        release(isDelivered);
        raft.reportSnapshot(message.to, isDelivered);
      },
    });
  }

  receive(from: MemberId, term: number, mark: SnapshotMark): SnapshotSink {
    const { backend, own, raft, clock, step } = this.#options;
    // Raft installs the one that it has taken in a later turn.
    const isTaken = this.#isReceiving || this.#received !== undefined;
    if (isTaken) throw new OperationError('another snapshot is being received');
    // Throws while the one before is being put in place: the leader will send again.
    const restore = backend.restore();
    this.#isReceiving = true;
    const startedMs = clock.nowMs();
    return {
      write: (chunk) => restore.write(chunk),
      finish: () => {
        this.#isReceiving = false;
        if (this.#isStopped) {
          restore.abort();
          return;
        }
        this.#received = { mark, restore, startedMs };
        const { compactedIndex } = raft.status();
        step({ type: 'snapshot', from, to: own, term, mark });
        // Raft has no use for one that is too old or came before: the file must not wait for it.
        if (raft.status().compactedIndex === compactedIndex) this.#forget();
      },
      abort: () => {
        this.#isReceiving = false;
        restore.abort();
      },
    };
  }

  /** Makes the received stream the backend's durable content. */
  install(mark: SnapshotMark, done: (error: Error | undefined) => void): void {
    const received = this.#received;
    assert(received?.mark.index === mark.index, `raft installs a snapshot at ${mark.index} that was not received`);
    this.#received = undefined;
    const { clock, metrics } = this.#options;
    const finishedMs = clock.nowMs();
    received.restore.finish((error) => {
      const durableMs = clock.nowMs();
      metrics.snapDbFsyncSeconds.observe((durableMs - finishedMs) / 1000);
      metrics.snapDbSaveSeconds.observe((durableMs - received.startedMs) / 1000);
      done(error);
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#forget();
  }

  #forget(): void {
    this.#received?.restore.abort();
    this.#received = undefined;
  }
}

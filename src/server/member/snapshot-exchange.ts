/**
 * Snapshots between members: a leader streams its backend to a follower that fell behind its log; the follower keeps the
 * stream aside until raft says that it is to be installed.
 */
import type { Backend, BackendRestore } from '../../base/backend.ts';
import { assert, OperationError } from '../../base/errors.ts';
import type { MemberId, Message, Raft, SnapshotMark } from '../../core/raft/index.ts';
import { hexId } from '../membership/member.ts';
import type { Logger } from '../log.ts';
import type { PeerTransport, SnapshotSink } from '../peer/transport.ts';

type SnapshotMessage = Extract<Message, { type: 'snapshot' }>;

export interface SnapshotExchangeOptions {
  readonly own: MemberId;
  readonly raft: Raft;
  readonly backend: Backend;
  readonly transport: PeerTransport;
  readonly log: Logger;
  readonly commit: () => void;
  readonly step: (message: Message) => void;
}

export class SnapshotExchange {
  readonly #options: SnapshotExchangeOptions;
  #received: { readonly mark: SnapshotMark; readonly restore: BackendRestore } | undefined;
  #isReceiving = false;
  #isStopped = false;

  constructor(options: SnapshotExchangeOptions) {
    this.#options = options;
  }

  send(message: SnapshotMessage): void {
    const { backend, transport, raft, log, commit } = this.#options;
    // The backend may be ahead of the mark, never behind it; the follower skips what it then has twice.
    commit();
    const snapshot = backend.snapshot();
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
        if (!this.#isStopped) raft.reportSnapshot(message.to, isDelivered);
      },
    });
  }

  receive(from: MemberId, term: number, mark: SnapshotMark): SnapshotSink {
    const { backend, own, step } = this.#options;
    if (this.#isReceiving) throw new OperationError('another snapshot is being received');
    this.#received?.restore.abort();
    this.#received = undefined;
    this.#isReceiving = true;
    const restore = backend.restore();
    return {
      write: (chunk) => restore.write(chunk),
      finish: () => {
        this.#isReceiving = false;
        if (this.#isStopped) {
          restore.abort();
          return;
        }
        this.#received = { mark, restore };
        step({ type: 'snapshot', from, to: own, term, mark });
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
    received.restore.finish(done);
  }

  stop(): void {
    this.#isStopped = true;
    this.#received?.restore.abort();
    this.#received = undefined;
  }
}

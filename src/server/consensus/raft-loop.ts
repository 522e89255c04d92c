/**
 * Drives the consensus machine: takes each Ready apart, and sends, persists and applies in the order that keeps every
 * promise. Messages that promise durability, and raft itself, are told only when the bytes under them are synced.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type {
  ConfChange,
  Entry,
  HardState,
  Message,
  ProposeResult,
  Raft,
  ReadState,
  Ready,
  SnapshotMark,
  SoftState,
} from '../../core/raft/index.ts';

/** What the loop needs of the log on disk; calls back in the order of the calls. */
export interface LogWriter {
  save(
    write: {
      /** The log goes on from this snapshot, whose data is durable already. */
      readonly mark?: SnapshotMark | undefined;
      readonly hardState?: HardState | undefined;
      readonly entries: readonly Entry[];
      readonly mustSync: boolean;
    },
    done: () => void,
  ): void;
  /** A commit index that has risen; it may reach the disk later, or never. */
  noteCommit(hardState: HardState): void;
}

export interface RaftLoopHandlers {
  /** Entries to apply, in order; all are durable here. */
  apply(entries: readonly Entry[]): void;
  /** A snapshot takes the place of log and state; `done` when its data is durable and in place. */
  install(mark: SnapshotMark, done: () => void): void;
  onSoftState(state: SoftState): void;
  onReadState(state: ReadState): void;
  send(messages: readonly Message[]): void;
  /** A leader's tick came later than two heartbeats after the last: its followers may have given up on it. */
  onLateTick(): void;
}

export interface RaftLoopOptions {
  readonly raft: Raft;
  readonly log: LogWriter;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly handlers: RaftLoopHandlers;
}

/** About 3 ms of applying: well under the 10 ms that no turn of the event loop may take. */
const ENTRIES_PER_TURN = 1000;

/** A Ready whose writes are under way; kept in order, because promises are made in order. */
interface Unsaved {
  readonly ready: Ready;
  isDurable: boolean;
}

export class RaftLoop {
  readonly #raft: Raft;
  readonly #log: LogWriter;
  readonly #clock: Clock;
  readonly #handlers: RaftLoopHandlers;
  readonly #heartbeatMs: number;
  readonly #unsaved: Unsaved[] = [];
  #isWoken = false;
  #isPumping = false;
  #isInstalling = false;
  #isStopped = false;
  #tick: Timer | undefined;
  #lastTickMs = 0;
  #isLeader = false;
  #commit = 0;
  #term: number;

  constructor(options: RaftLoopOptions) {
    this.#raft = options.raft;
    this.#term = options.raft.status().term;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#heartbeatMs = options.heartbeatMs;
    this.#handlers = options.handlers;
  }

  /** The highest index known to be committed. */
  get commit(): number {
    return this.#commit;
  }

  /** The current term, without the cost of a whole status. */
  get term(): number {
    return this.#term;
  }

  /** Begins to tick; `ticksAtOnce` shortens the first wait for an election. */
  start(ticksAtOnce: number): void {
    for (let i = 0; i < ticksAtOnce; i++) this.#raft.tick();
    this.#lastTickMs = this.#clock.nowMs();
    this.#scheduleTick(this.#lastTickMs + this.#heartbeatMs);
    this.wake();
  }

  /** Stands for election at once: for a member that is alone. */
  campaign(): void {
    this.#raft.campaign();
    this.wake();
  }

  step(message: Message): void {
    if (this.#isStopped) return;
    this.#raft.step(message);
    this.wake();
  }

  propose(data: readonly Uint8Array[]): ProposeResult {
    const result = this.#raft.propose(data);
    // What came in this turn has been gathered already; from inside the loop itself, the next turn is soon enough.
    if (this.#isPumping || this.#isStopped) this.wake();
    else this.#pump();
    return result;
  }

  proposeConfChange(change: ConfChange): ProposeResult {
    const result = this.#raft.proposeConfChange(change);
    this.wake();
    return result;
  }

  /** Runs the loop once this turn of the event loop has brought all it has. */
  wake(): void {
    if (this.#isWoken || this.#isStopped) return;
    this.#isWoken = true;
    this.#clock.soon(() => {
      this.#isWoken = false;
      this.#pump();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#tick?.cancel();
  }

  #scheduleTick(atMs: number): void {
    this.#tick = this.#clock.after(Math.max(0, atMs - this.#clock.nowMs()), () => {
      const nowMs = this.#clock.nowMs();
      if (this.#isLeader && nowMs - this.#lastTickMs > 2 * this.#heartbeatMs) this.#handlers.onLateTick();
      this.#lastTickMs = nowMs;
      this.#raft.tick();
      this.#pump();
      // Ticks missed in a long stall are not made up for: a burst of them would start an election for nothing.
      this.#scheduleTick(Math.max(atMs + this.#heartbeatMs, nowMs));
    });
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      // One large batch of entries a turn: ticks, heartbeats and other sockets get theirs in between.
      for (let applied = 0; !this.#isStopped && !this.#isInstalling && this.#raft.hasReady();) {
        applied += this.#take(this.#raft.ready());
        if (applied >= ENTRIES_PER_TURN) {
          this.wake();
          return;
        }
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #take(ready: Ready): number {
    const { softState, hardState, snapshot, committed } = ready;
    if (hardState !== undefined) {
      this.#commit = hardState.commit;
      this.#term = hardState.term;
    }
    if (softState !== undefined) {
      this.#isLeader = softState.role === 'leader';
      this.#handlers.onSoftState(softState);
    }
    if (ready.messages.length > 0) this.#handlers.send(ready.messages);
    if (snapshot === undefined) {
      this.#finish(ready);
    } else {
      this.#isInstalling = true;
      this.#handlers.install(snapshot, () => {
        this.#isInstalling = false;
        if (this.#isStopped) return;
        this.#finish(ready);
        this.wake();
      });
    }
    return committed.length;
  }

  #finish(ready: Ready): void {
    const { committed } = ready;
    this.#persist(ready);
    if (committed.length > 0) {
      this.#handlers.apply(committed);
      this.#raft.applied(committed[committed.length - 1]!.index);
    }
    for (const state of ready.readStates) this.#handlers.onReadState(state);
  }

  #persist(ready: Ready): void {
    const { snapshot: mark, hardState, entries, mustSync } = ready;
    const unsaved: Unsaved = { ready, isDurable: false };
    this.#unsaved.push(unsaved);
    if (mark === undefined && entries.length === 0 && !mustSync) {
      // At most a commit index, of which nobody is promised that it is on disk.
      unsaved.isDurable = true;
      if (hardState !== undefined) this.#log.noteCommit(hardState);
      this.#settle();
      return;
    }
    this.#log.save({ mark, hardState, entries, mustSync }, () => {
      unsaved.isDurable = true;
      this.#settle();
      this.#pump();
    });
  }

  /** Keeps the promises of every Ready up to the first that is not durable. */
  #settle(): void {
    let last = 0;
    while (this.#unsaved[0]?.isDurable === true) {
      const { ready } = this.#unsaved.shift()!;
      if (this.#isStopped) continue;
      if (ready.messagesAfterPersist.length > 0) this.#handlers.send(ready.messagesAfterPersist);
      last = ready.number;
    }
    if (last > 0) this.#raft.persisted(last);
  }
}

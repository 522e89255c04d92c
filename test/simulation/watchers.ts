/**
 * Clients that watch: each has a stream with a watch over everything and one over a little, and goes on where it was
 * whenever the stream ends: because the member went down, the connection was cut, or the revision was compacted.
 */
import type { Message } from '../../src/core/api/index.ts';
import type { Random } from '../../src/base/random.ts';
import type { AgreedStore } from './agreed-store.ts';
import { Violation } from './ledger.ts';
import { LocalStream } from './local-call.ts';
import type { Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';
import { WatchChecker, type Watched } from './watch-checker.ts';

const WATCHERS = 5;
const MEAN_ACTION_MS = 60;
const RETRY_MS = 10;
/** A stream on which nothing has been created by then is given up. */
const CREATE_TIMEOUT_MS = 200;
const MEAN_UNREAD_MS = 60;
/** Revisions that a new watch may start in the past. */
const MAX_PAST_REVISIONS = 150;
const NO_WATCH_ID = -1n;
const EVERYTHING: Watched = { key: '\0', rangeEnd: '\0', prevKv: true, filters: [] };

export interface WatchersOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly agreed: AgreedStore;
  readonly machines: () => readonly Machine[];
  readonly fail: (error: unknown) => void;
}

export interface WatchCounts {
  events: number;
  resumes: number;
  progress: number;
  compacted: number;
}

export class Watchers {
  readonly counts: WatchCounts = { events: 0, resumes: 0, progress: 0, compacted: 0 };
  readonly #watchers: Watcher[];

  constructor(options: WatchersOptions) {
    this.#watchers = Array.from({ length: WATCHERS }, () => new Watcher(options, this.counts));
  }

  start(): void {
    for (const watcher of this.#watchers) watcher.start();
  }

  onDown(machine: Machine): void {
    for (const watcher of this.#watchers) watcher.onDown(machine);
  }

  /** Nothing but waiting from here on, on one of these machines. */
  settle(machines: readonly Machine[]): void {
    for (const watcher of this.#watchers) watcher.settle(machines);
  }

  /** What somebody has not been told though all is whole; undefined where nothing is missing. */
  missing(): string | undefined {
    return this.#watchers.map((watcher) => watcher.missing()).find((missing) => missing !== undefined);
  }
}

/** A watch on the stream that is open now. */
interface Placed {
  readonly checker: WatchChecker;
  id: bigint | undefined;
  /** The client has asked for its end. */
  isCancelled: boolean;
}

class Watcher {
  readonly #options: WatchersOptions;
  readonly #counts: WatchCounts;
  readonly #wide: WatchChecker;
  #narrow: WatchChecker;
  #machine: Machine | undefined;
  #stream: LocalStream<'watch'> | undefined;
  /** In the order of their creation. */
  #placed: Placed[] = [];
  /** Watches that the server ended while our word to end them was on its way. */
  readonly #crossed = new Set<bigint>();
  #openedMs = 0;
  #isOpening = false;
  #settled: readonly Machine[] | undefined;

  constructor(options: WatchersOptions, counts: WatchCounts) {
    this.#options = options;
    this.#counts = counts;
    this.#wide = new WatchChecker(EVERYTHING, options.agreed, 1);
    this.#narrow = this.#newNarrow();
  }

  start(): void {
    this.#open();
    this.#scheduleAction();
  }

  onDown(machine: Machine): void {
    if (machine === this.#machine) this.#reopen();
  }

  settle(machines: readonly Machine[]): void {
    this.#settled = machines;
    this.#reopen();
  }

  missing(): string | undefined {
    const { revision } = this.#options.agreed;
    for (const { next } of [this.#wide, this.#narrow]) {
      if (next <= revision) return `a watch heard of nothing from revision ${next} on, ${revision} is agreed`;
    }
    return undefined;
  }

  #newNarrow(): WatchChecker {
    const { random, agreed } = this.#options;
    const start = random.below(3) === 0 ? 0 : Math.max(1, agreed.revision - random.below(MAX_PAST_REVISIONS));
    const filters = random.below(3) === 0 ? [random.below(2)] : [];
    const live = agreed.state();
    const key = live.length === 0 ? 'k0-0' : live[random.below(live.length)]!.key;
    const rangeEnd = random.below(2) === 0 ? '' : 'z';
    return new WatchChecker({ key, rangeEnd, prevKv: random.below(2) === 0, filters }, agreed, start);
  }

  #open(): void {
    const { random, machines, scheduler, fail } = this.#options;
    const up = (this.#settled ?? machines()).filter((machine) => machine.member !== undefined);
    const machine = up[random.below(Math.max(1, up.length))];
    this.#isOpening = false;
    this.#openedMs = scheduler.nowMs;
    this.#placed = [];
    this.#crossed.clear();
    if (machine === undefined) {
      this.#reopen();
      return;
    }
    this.#machine = machine;
    const isTaken = machine.serve((services) => {
      if (this.#machine !== machine || this.#stream !== undefined) return;
      const stream: LocalStream<'watch'> = new LocalStream(services, 'watch', {
        onMessage: (message) => {
          if (this.#stream !== stream) return;
          try {
            this.#take(message);
          } catch (error) {
            fail(error);
          }
        },
        onEnd: () => this.#reopen(),
      });
      // A learner does not serve watches.
      if (stream.isEnded) return;
      this.#stream = stream;
      for (const checker of [this.#wide, this.#narrow]) this.#place(checker);
    });
    if (!isTaken) this.#reopen();
  }

  #place(checker: WatchChecker): void {
    const { key, rangeEnd, prevKv, filters } = checker.watched;
    this.#placed.push({ checker, id: undefined, isCancelled: false });
    this.#stream?.request({
      createRequest: { key, rangeEnd, prevKv, filters, startRevision: checker.next, progressNotify: true },
    });
  }

  #reopen(): void {
    this.#stream?.cancel();
    this.#stream = undefined;
    this.#machine = undefined;
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#counts.resumes++;
    const { scheduler, random } = this.#options;
    scheduler.after(random.float() * RETRY_MS, () => this.#open());
  }

  #take(message: Message<'WatchResponse'>): void {
    const { watchId, created, canceled, compactRevision, cancelReason, events } = message;
    const revision = message.header?.revision ?? 0;
    if (created) {
      if (canceled) throw new Violation(`a watch was refused: ${cancelReason}`);
      const placed = this.#placed.find(({ id }) => id === undefined)!;
      placed.id = watchId;
      placed.checker.created(revision);
      return;
    }
    if (watchId === NO_WATCH_ID) {
      this.#counts.progress++;
      for (const { checker, id } of this.#placed) if (id !== undefined) checker.progress(revision);
      return;
    }
    const placed = this.#placed.find(({ id }) => id === watchId);
    if (canceled && this.#crossed.delete(watchId)) return;
    if (placed === undefined) throw new Violation(`an answer for watch ${watchId}, which was not created here`);
    if (canceled) {
      this.#placed.splice(this.#placed.indexOf(placed), 1);
      if (placed.isCancelled) {
        // The server ended it by itself before it read our word; to that it answers once as well, as etcd does.
        if (compactRevision > 0) this.#crossed.add(watchId);
        return;
      }
      this.#counts.compacted++;
      placed.checker.compacted(compactRevision);
      this.#place(placed.checker);
    } else if (events.length > 0) {
      this.#counts.events += events.length;
      placed.checker.deliver(revision, events);
    } else {
      this.#counts.progress++;
      placed.checker.progress(revision);
    }
  }

  #scheduleAction(): void {
    const { scheduler, random } = this.#options;
    scheduler.after(random.float() * 2 * MEAN_ACTION_MS, () => {
      if (this.#settled !== undefined) return;
      this.#act();
      this.#scheduleAction();
    });
  }

  #act(): void {
    const { random, scheduler } = this.#options;
    const isStuck = this.#placed.some(({ id }) => id === undefined);
    if (this.#stream === undefined || isStuck) {
      if (scheduler.nowMs - this.#openedMs > CREATE_TIMEOUT_MS) this.#reopen();
      return;
    }
    switch (random.below(5)) {
      case 0:
        this.#reopen();
        return;
      case 1:
        this.#unread(this.#stream);
        return;
      case 2:
        this.#onMachine((stream) => stream.request({ progressRequest: {} }));
        return;
      case 3:
        this.#onMachine(() => this.#replaceNarrow());
        return;
    }
  }

  #onMachine(call: (stream: LocalStream<'watch'>) => void): void {
    const stream = this.#stream!;
    this.#machine?.serve(() => {
      if (this.#stream === stream) call(stream);
    });
  }

  #replaceNarrow(): void {
    const old = this.#placed.find(({ checker }) => checker === this.#narrow);
    if (old?.id === undefined) return;
    old.isCancelled = true;
    this.#stream?.request({ cancelRequest: { watchId: old.id } });
    this.#narrow = this.#newNarrow();
    this.#place(this.#narrow);
  }

  /** The client is slow for a while. */
  #unread(stream: LocalStream<'watch'>): void {
    const { scheduler, random } = this.#options;
    const machine = this.#machine;
    stream.read(false);
    scheduler.after(random.float() * 2 * MEAN_UNREAD_MS, () => {
      if (this.#stream === stream) machine?.serve(() => stream.read(true));
    });
  }
}

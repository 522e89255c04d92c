/** The watches of one client stream: creation, cancellation and progress by etcd's rules. */
import { API_ERRORS, FilterType } from '../../api/index.ts';
import type { WatchCreateRequest } from '../../api/types.ts';
import { keyRange } from '../key-range.ts';
import { delivery, NO_WATCH_ID, type WatchDelivery } from './delivery.ts';
import type { WatchHub } from './watch-hub.ts';
import type { Watcher } from './watcher.ts';

/** Where a stream's deliveries go. */
export interface WatchSink {
  /** Takes an answer to a request; it cannot be refused. */
  send(answer: WatchDelivery): void;
  /**
   * Takes events or progress, or returns false because it is full. What it refused is kept for it; `resume` on the
   * stream brings it again.
   */
  offer(delivery: WatchDelivery): boolean;
}

const EMPTY_RANGE = 'mvcc: watcher range is empty';
const DUPLICATE_ID = 'mvcc: duplicate watch ID provided on the WatchStream';

export class WatchStream {
  readonly sink: WatchSink;
  private readonly hub: WatchHub;
  private readonly watchers = new Map<bigint, Watcher>();
  private readonly blocked = new Set<Watcher>();
  /** Ids of watches that a compaction has ended: as in etcd they stay taken until the client cancels them. */
  private readonly ended = new Set<bigint>();
  private nextId = 0n;

  /** Made by `WatchHub.openStream`. */
  constructor(hub: WatchHub, sink: WatchSink) {
    this.hub = hub;
    this.sink = sink;
  }

  /** Answers a creation; the caller has checked that the range may be read. */
  create(request: WatchCreateRequest): void {
    const key = request.key === '' ? '\0' : request.key;
    const range = keyRange(key, request.rangeEnd);
    if (request.startRevision < 0) return this.refuse(API_ERRORS.compacted[1]);
    if (range.end !== undefined && range.end <= key) return this.refuse(EMPTY_RANGE);
    if (request.watchId !== 0n && this.isTaken(request.watchId)) return this.refuse(DUPLICATE_ID);
    const id = request.watchId === 0n ? this.takeId() : request.watchId;
    const { revision } = this.hub;
    const isHistoric = request.startRevision !== 0 && request.startRevision <= revision;
    const watcher: Watcher = {
      stream: this,
      id,
      range,
      isSingleKey: request.rangeEnd === '',
      wantsPuts: !request.filters.includes(FilterType.NOPUT),
      wantsDeletes: !request.filters.includes(FilterType.NODELETE),
      prevKv: request.prevKv,
      fragment: request.fragment,
      progressNotify: request.progressNotify,
      state: isHistoric ? 'behind' : 'synced',
      startRevision: request.startRevision,
      nextRevision: request.startRevision === 0 ? revision + 1 : request.startRevision,
      pending: [],
      wasIdle: true,
      isEnding: false,
    };
    this.watchers.set(id, watcher);
    this.sink.send(delivery(id, revision, { created: true }));
    this.hub.place(watcher);
  }

  /** Answers a creation that must not be, with etcd's reason: permission, a bad token. */
  refuse(cancelReason: string): void {
    this.sink.send(delivery(NO_WATCH_ID, this.hub.revision, { created: true, canceled: true, cancelReason }));
  }

  /** Ends a watch; an unknown id gets no answer. */
  cancel(id: bigint): void {
    const watcher = this.watchers.get(id);
    if (watcher !== undefined) this.forget(watcher);
    else if (!this.ended.delete(id)) return;
    this.sink.send(delivery(id, this.hub.revision, { canceled: true }));
  }

  /**
   * Answers a progress request: every later event on the stream is above the revision named. Only a stream all of whose
   * watchers have seen that revision can promise it; otherwise, and without watchers, there is no answer.
   */
  requestProgress(): void {
    const { revision } = this.hub;
    if (this.watchers.size === 0) return;
    for (const watcher of this.watchers.values()) if (!isUpToDate(watcher, revision)) return;
    this.sink.offer(delivery(NO_WATCH_ID, revision));
  }

  /** A tick of the progress clock: tells the watchers that asked for it and heard nothing since the last tick. */
  tickProgress(): void {
    const { revision } = this.hub;
    for (const watcher of this.watchers.values()) {
      if (!watcher.progressNotify) continue;
      if (watcher.wasIdle && isUpToDate(watcher, revision)) this.sink.offer(delivery(watcher.id, revision));
      watcher.wasIdle = true;
    }
  }

  /** The sink has room again. */
  resume(): void {
    for (const watcher of this.blocked) if (!this.drain(watcher)) return;
  }

  /** Ends all watches without a word. */
  close(): void {
    for (const watcher of [...this.watchers.values()]) this.forget(watcher);
    this.hub.closed(this);
  }

  /** Hands a delivery to the sink or keeps it; false where it was kept. For the hub, about watchers that are not blocked. */
  deliver(watcher: Watcher, delivery: WatchDelivery): boolean {
    if (!this.sink.offer(delivery)) return this.deliverAll(watcher, [delivery]);
    watcher.wasIdle = false;
    return true;
  }

  /** The same for a delivery in several parts. */
  deliverAll(watcher: Watcher, deliveries: WatchDelivery[]): boolean {
    watcher.wasIdle = false;
    watcher.pending = deliveries;
    return this.drain(watcher);
  }

  /** Ends a watch whose revision has been compacted. For the hub. */
  cancelCompacted(watcher: Watcher, compactRevision: number): void {
    watcher.isEnding = true;
    watcher.pending = [delivery(watcher.id, 0, { canceled: true, compactRevision })];
    this.drain(watcher);
  }

  private drain(watcher: Watcher): boolean {
    let taken = 0;
    while (taken < watcher.pending.length && this.sink.offer(watcher.pending[taken]!)) taken++;
    if (taken < watcher.pending.length) {
      watcher.pending = watcher.pending.slice(taken);
      this.blocked.add(watcher);
      this.hub.move(watcher, 'blocked');
      return false;
    }
    watcher.pending = [];
    if (watcher.isEnding) {
      this.forget(watcher);
      this.ended.add(watcher.id);
    } else if (this.blocked.delete(watcher))
      this.hub.move(watcher, watcher.nextRevision > this.hub.revision ? 'synced' : 'behind');
    return true;
  }

  private forget(watcher: Watcher): void {
    this.watchers.delete(watcher.id);
    this.blocked.delete(watcher);
    this.hub.remove(watcher);
  }

  private isTaken(id: bigint): boolean {
    return this.watchers.has(id) || this.ended.has(id);
  }

  private takeId(): bigint {
    while (this.isTaken(this.nextId)) this.nextId++;
    return this.nextId++;
  }
}

/** As in etcd, a watch whose first revision is still to come does not count, though it too has missed nothing. */
function isUpToDate(watcher: Watcher, revision: number): boolean {
  return watcher.state === 'synced' && watcher.startRevision <= revision;
}

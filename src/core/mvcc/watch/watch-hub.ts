/**
 * All watches of a member. Every applied revision goes to `notify`, which tells those that are up to date; `pump` brings
 * the others closer from the store, a bounded piece at a time. A watcher gets every matching revision once, whole and
 * in order: it is either up to date and told at once, or behind and read for, or blocked by its own stream and left
 * alone until that has room. None waits for another.
 */
import { assert } from '../../../base/errors.ts';
import { DEFAULT_MAX_REQUEST_BYTES, MESSAGE_OVERHEAD_BYTES } from '../../api/index.ts';
import type { RevisionEvents, StoreEvent } from '../events.ts';
import { encodeEvent, eventDelivery, fragments } from './delivery.ts';
import { WatcherGroups } from './watcher-groups.ts';
import type { Watcher, WatcherState } from './watcher.ts';
import { WatchStream, type WatchSink } from './watch-stream.ts';

/** What the hub reads of the store. */
export interface EventSource {
  readonly currentRevision: number;
  readonly compactRevision: number;
  /** The value before an event; undefined where there was none or it has been compacted. */
  previousValue(event: StoreEvent, revision: number): Uint8Array | undefined;
  /** Up to `maxRevisions` revisions' events from `revision` on, in order, and where to go on. */
  eventsFrom(
    revision: number,
    maxRevisions: number,
  ): { readonly revisions: readonly RevisionEvents[]; readonly next: number };
}

export interface WatchHubOptions {
  /** A delivery to a watcher with `fragment` is split from this size on: max-request-bytes + 512 KiB in etcd. */
  readonly fragmentBytes: number;
  /** Watchers that are read for together. Source: etcd's maxWatchersPerSync. */
  readonly watchersPerPump: number;
}

export const DEFAULT_WATCH_HUB_OPTIONS: WatchHubOptions = {
  fragmentBytes: DEFAULT_MAX_REQUEST_BYTES + MESSAGE_OVERHEAD_BYTES,
  watchersPerPump: 512,
};

export class WatchHub {
  /** The last revision that was notified. */
  revision: number;
  private readonly source: EventSource;
  private readonly options: WatchHubOptions;
  private readonly streams = new Set<WatchStream>();
  private readonly synced = new WatcherGroups();
  /** In the order in which they are served. */
  private readonly behind = new Set<Watcher>();
  private blockedCount = 0;

  constructor(source: EventSource, options: WatchHubOptions = DEFAULT_WATCH_HUB_OPTIONS) {
    this.source = source;
    this.options = options;
    this.revision = source.currentRevision;
  }

  get streamCount(): number {
    return this.streams.size;
  }

  get watcherCount(): number {
    return this.synced.size + this.slowWatcherCount;
  }

  /** Watchers that are not up to date. */
  get slowWatcherCount(): number {
    return this.behind.size + this.blockedCount;
  }

  /** Whether `pump` has anything to do. */
  get needsPump(): boolean {
    return this.behind.size > 0;
  }

  openStream(sink: WatchSink): WatchStream {
    const stream = new WatchStream(this, sink);
    this.streams.add(stream);
    return stream;
  }

  /** Tells the watchers that are up to date. Every revision must pass here, in order, right after it was applied. */
  notify(applied: RevisionEvents): void {
    assert(applied.revision === this.revision + 1, `revision ${applied.revision} notified after ${this.revision}`);
    this.revision = applied.revision;
    if (this.synced.size === 0) return;
    const { revision, events } = applied;
    if (events.length === 1) {
      this.notifyOne(events[0]!, revision);
      return;
    }
    const matches = new Matches(this.source);
    for (const event of events) this.synced.match(event.key, (watcher) => matches.add(watcher, event, revision));
    for (const [watcher, matched] of matches.byWatcher) {
      watcher.nextRevision = revision + 1;
      this.deliver(watcher, revision, matched);
    }
  }

  /** A revision of one event, as most are: its watchers share one list. */
  private notifyOne(event: StoreEvent, revision: number): void {
    const encoded = new EncodedEvent(event, revision, this.source);
    // Gathered first: one that its stream does not take leaves its group.
    const watchers: Watcher[] = [];
    this.synced.match(event.key, (watcher) => {
      if (wants(watcher, event, revision)) watchers.push(watcher);
    });
    for (const watcher of watchers) {
      watcher.nextRevision = revision + 1;
      this.deliver(watcher, revision, encoded.listFor(watcher));
    }
  }

  /**
   * Reads up to `maxRevisions` revisions for watchers that are behind and delivers what concerns them. Watchers at about
   * the same place share the reading; then those at another place have their turn.
   */
  pump(maxRevisions: number): void {
    this.cancelCompacted();
    const [first] = this.behind;
    if (first === undefined) return;
    const from = first.nextRevision;
    const { revisions, next } = this.source.eventsFrom(from, maxRevisions);
    const group = new WatcherGroups();
    const members: Watcher[] = [];
    for (const watcher of this.behind) {
      if (members.length >= this.options.watchersPerPump) break;
      if (watcher.nextRevision < from || watcher.nextRevision >= next) continue;
      group.add(watcher);
      members.push(watcher);
    }
    const matches = new Matches(this.source);
    for (const { revision, events } of revisions) {
      for (const event of events) group.match(event.key, (watcher) => matches.add(watcher, event, revision));
    }
    for (const watcher of members) {
      watcher.nextRevision = next;
      const events = matches.byWatcher.get(watcher);
      if (events !== undefined && !this.deliver(watcher, this.revision, events)) continue;
      this.move(watcher, next > this.revision ? 'synced' : 'behind');
    }
  }

  /** The store was replaced as a whole: every watcher must be read for, from where it stands. */
  reset(): void {
    const seen = this.revision;
    this.revision = this.source.currentRevision;
    const watchers: Watcher[] = [];
    this.synced.forEach((watcher) => watchers.push(watcher));
    for (const watcher of watchers) {
      watcher.nextRevision = Math.max(watcher.nextRevision, seen + 1);
      if (watcher.nextRevision <= this.revision) this.move(watcher, 'behind');
    }
  }

  /** Takes in a new watcher. For streams. */
  place(watcher: Watcher): void {
    if (watcher.state === 'synced') this.synced.add(watcher);
    else this.behind.add(watcher);
  }

  /** Gives a watcher another state; one that stays behind goes to the end of the queue. For streams. */
  move(watcher: Watcher, state: WatcherState): void {
    this.remove(watcher);
    watcher.state = state;
    if (state === 'blocked') this.blockedCount++;
    else this.place(watcher);
  }

  /** For streams. */
  remove(watcher: Watcher): void {
    if (watcher.state === 'synced') this.synced.remove(watcher);
    else if (watcher.state === 'behind') this.behind.delete(watcher);
    else this.blockedCount--;
  }

  /** For streams. */
  closed(stream: WatchStream): void {
    this.streams.delete(stream);
  }

  private deliver(watcher: Watcher, revision: number, events: readonly Uint8Array[]): boolean {
    const whole = eventDelivery(watcher.id, revision, events);
    if (!watcher.fragment) return watcher.stream.deliver(watcher, whole);
    return watcher.stream.deliverAll(watcher, fragments(whole, this.options.fragmentBytes));
  }

  private cancelCompacted(): void {
    const { compactRevision } = this.source;
    for (const watcher of this.behind) {
      if (watcher.nextRevision < compactRevision) watcher.stream.cancelCompacted(watcher, compactRevision);
    }
  }
}

function wants(watcher: Watcher, event: StoreEvent, revision: number): boolean {
  if (revision < watcher.nextRevision) return false;
  return event.isDelete ? watcher.wantsDeletes : watcher.wantsPuts;
}

/** An event as its watchers want it: encoded once, however many there are. */
class EncodedEvent {
  readonly event: StoreEvent;
  private readonly revision: number;
  private readonly source: EventSource;
  private plain: readonly Uint8Array[] | undefined;
  private withPrevious: readonly Uint8Array[] | undefined;

  constructor(event: StoreEvent, revision: number, source: EventSource) {
    this.event = event;
    this.revision = revision;
    this.source = source;
  }

  /** The event alone, as a list that all share who want it so. */
  listFor({ prevKv }: Watcher): readonly Uint8Array[] {
    if (!prevKv) return (this.plain ??= [encodeEvent(this.event, undefined)]);
    return (this.withPrevious ??= [encodeEvent(this.event, this.source.previousValue(this.event, this.revision))]);
  }
}

/** The encoded events of each watcher. */
class Matches {
  readonly byWatcher = new Map<Watcher, Uint8Array[]>();
  private readonly source: EventSource;
  private encoded: EncodedEvent | undefined;

  constructor(source: EventSource) {
    this.source = source;
  }

  add(watcher: Watcher, event: StoreEvent, revision: number): void {
    if (!wants(watcher, event, revision)) return;
    if (this.encoded?.event !== event) this.encoded = new EncodedEvent(event, revision, this.source);
    const [bytes] = this.encoded.listFor(watcher);
    const events = this.byWatcher.get(watcher);
    if (events === undefined) this.byWatcher.set(watcher, [bytes!]);
    else events.push(bytes!);
  }
}

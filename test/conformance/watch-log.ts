/**
 * What came on one watch stream, sorted by what two servers must agree on: the answers to creations in order; for each
 * watch its events in order, its cancellations; the answers to progress requests. How events are gathered into messages
 * depends on time, so that only rules are checked on it, for each server by itself.
 */
import type { Message } from '../../src/core/api/index.ts';
import { EventType } from '../../src/core/api/index.ts';
import type { ClientStream, GrpcError, StreamHandlers } from '../../src/wire/index.ts';
import { codecs } from '../../src/wire/messages/index.ts';
import { isNegativeWatchId } from './programs/others.ts';
import { normalize, type NameOf, type Normal } from './normal-form.ts';

/** Watches that the runner itself made have ids from here on; they are not compared. */
export const FIRST_HIDDEN_ID = 1n << 41n;
const NO_WATCH_ID = -1n;

export class WatchLog implements StreamHandlers {
  /** By what they are: 'created', 'progress', 'events 3', 'canceled 3'. Compared in full. */
  readonly records = new Map<string, Normal[]>();
  /** How many creations have been answered. */
  createdCount = 0;
  /** The newest revision that an own watch has told. */
  hiddenRevision = 0;
  /** The id of the own watch that told it last. */
  hiddenId = 0n;
  ended: GrpcError | 'in good order' | undefined;
  /** A rule of every etcd that this server has broken. */
  violation: string | undefined;
  /** Watches that may be behind have been created since the last settling. */
  needsCatchUp = false;
  /** The highest revision that a watch was to start at. */
  highestStart = 0;
  isHalfClosed = false;
  /** A compaction has ended a watch. */
  hasCompactedWatch = false;
  sentCreates = 0;
  /** Called after every message and at the end. */
  readonly listeners = new Set<() => void>();
  private stream: ClientStream | undefined;
  private readonly nameOf: NameOf;
  private readonly keepsPromises: boolean;
  private readonly lastRevisions = new Map<bigint, number>();
  /** The deliveries whose last part has not come: by watch, the revision in the headers of their parts. */
  private readonly openFragments = new Map<bigint, number>();
  /** By watch, the revision up to which a progress answer has told that there are no more events. */
  private readonly promises = new Map<bigint, number>();

  /** `keepsPromises`: no event may follow that a progress answer has told of; etcd 3.4.23 does not hold to it. */
  constructor(nameOf: NameOf, keepsPromises: boolean) {
    this.nameOf = nameOf;
    this.keepsPromises = keepsPromises;
  }

  attach(stream: ClientStream): void {
    this.stream = stream;
  }

  send(request: Buffer): void {
    this.stream?.send(request);
  }

  halfClose(): void {
    this.isHalfClosed = true;
    this.stream?.halfClose();
  }

  cancel(): void {
    this.stream?.cancel();
  }

  onMessage(bytes: Buffer): void {
    // Nothing of it is kept: what is recorded is text.
    this.take(codecs.WatchResponse.decode(bytes));
    for (const listener of [...this.listeners]) listener();
  }

  onEnd(error: GrpcError | undefined): void {
    this.ended = error ?? 'in good order';
    for (const listener of [...this.listeners]) listener();
  }

  /** To be called when all events are there: then the last part of every delivery has come. */
  checkWhole(): void {
    for (const [id, told] of this.openFragments) this.missLastPart(id, told);
  }

  private take(message: Message<'WatchResponse'>): void {
    const { watchId, events } = message;
    if (message.created) {
      this.createdCount++;
      this.lastRevisions.delete(watchId);
      this.promises.set(watchId, 0);
    }
    if (watchId >= FIRST_HIDDEN_ID) {
      this.takeHidden(message);
      return;
    }
    if (watchId === NO_WATCH_ID && !message.created) {
      for (const id of this.promises.keys()) this.promises.set(id, message.header?.revision ?? 0);
      this.record('progress', message);
      return;
    }
    if (message.created) this.record('created', message);
    else if (message.canceled) {
      this.hasCompactedWatch ||= message.compactRevision !== 0;
      this.record(`canceled ${watchId}`, message);
    } else if (events.length === 0 && !isNegativeWatchId(watchId))
      this.violation ??= `an empty response for watch ${watchId}`;
    if (events.length > 0) this.takeEvents(message);
  }

  private takeHidden({ watchId, events }: Message<'WatchResponse'>): void {
    for (const { kv } of events) {
      this.hiddenRevision = Math.max(this.hiddenRevision, kv?.modRevision ?? 0);
      this.hiddenId = watchId;
    }
  }

  private missLastPart(id: bigint, told: number): void {
    this.violation ??= `watch ${id}: the last part of the delivery at revision ${told} did not come`;
  }

  private takeEvents(message: Message<'WatchResponse'>): void {
    const { watchId: id, events, fragment } = message;
    const told = message.header?.revision ?? 0;
    const last = this.lastRevisions.get(id) ?? 0;
    const promised = this.promises.get(id) ?? 0;
    const open = this.openFragments.get(id);
    const continues = open !== undefined;
    // All parts of a delivery have its header; another one begins a delivery.
    if (continues && open !== told) this.missLastPart(id, open);
    let previous = last;
    for (const [i, { type, kv, prevKv }] of events.entries()) {
      const revision = kv?.modRevision ?? 0;
      if (this.keepsPromises && revision <= promised)
        this.violation ??= `watch ${id}: revision ${revision} after progress up to ${promised}`;
      if (revision < previous) this.violation ??= `watch ${id}: revision ${revision} after ${previous}`;
      if (i === 0 && revision === last && !continues) this.violation ??= `watch ${id}: revision ${revision} split`;
      previous = revision;
      this.push(`events ${id}`, {
        type: type === EventType.DELETE ? 'DELETE' : 'PUT',
        kv: normalize(kv, this.nameOf),
        prevKv: normalize(prevKv, this.nameOf),
      });
    }
    if (told < previous) this.violation ??= `watch ${id}: header at ${told}, event at ${previous}`;
    this.lastRevisions.set(id, previous);
    if (fragment) this.openFragments.set(id, told);
    else this.openFragments.delete(id);
  }

  private record(name: string, message: Message<'WatchResponse'>): void {
    const { events: _events, ...rest } = message;
    this.push(name, normalize(rest, this.nameOf));
  }

  private push(name: string, entry: Normal): void {
    const entries = this.records.get(name);
    if (entries === undefined) this.records.set(name, [entry]);
    else entries.push(entry);
  }
}

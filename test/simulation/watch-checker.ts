/**
 * What a watch promises, against the agreed log of revisions: events ordered, unique, whole revisions, without a gap, also
 * from one stream to the next; a progress notification never ahead of an event; a cancellation for compaction only where
 * the revision is gone. One checker follows one watch over all streams on which it was resumed.
 *
 * Source of the guarantees: https://etcd.io/docs/v3.6/learning/api_guarantees/#watch-apis.
 */
import { byteStringFrom } from '../../src/base/bytes.ts';
import { EventType, FilterType, type Event, type KeyValue } from '../../src/core/api/index.ts';
import { isWithin, type AgreedEvent, type AgreedKv, type AgreedStore } from './agreed-store.ts';
import { Violation } from './ledger.ts';

export interface Watched {
  readonly key: string;
  readonly rangeEnd: string;
  readonly prevKv: boolean;
  readonly filters: readonly number[];
}

export class WatchChecker {
  readonly watched: Watched;
  readonly #agreed: AgreedStore;
  /** The lowest revision that may still have to be told; 0 before the first stream of a watch that starts now. */
  next: number;

  constructor(watched: Watched, agreed: AgreedStore, startRevision: number) {
    this.watched = watched;
    this.#agreed = agreed;
    this.next = startRevision;
  }

  /** The watch stands on a stream whose member was at `revision`. */
  created(revision: number): void {
    this.#mustBeAgreed(revision);
    if (this.next === 0) this.next = revision + 1;
  }

  /** One response, which is not a fragment. */
  deliver(revision: number, events: readonly Event[]): void {
    this.#mustBeAgreed(revision);
    for (let at = 0; at < events.length;) {
      const main = events[at]!.kv!.modRevision;
      let end = at + 1;
      while (end < events.length && events[end]!.kv!.modRevision === main) end++;
      this.#revision(main, events.slice(at, end));
      at = end;
    }
    if (this.next > revision + 1) throw this.#broken('ordered', `an event above revision ${revision} of its header`);
  }

  /** A promise that every event up to `revision` has been told. */
  progress(revision: number): void {
    this.#mustBeAgreed(revision);
    const missing = this.missingUpTo(revision);
    if (missing > 0) throw this.#broken('bookmarkable', `progress says ${revision} ahead of the event at ${missing}`);
    this.next = Math.max(this.next, revision + 1);
  }

  compacted(compactRevision: number): void {
    if (compactRevision > this.#agreed.compactRevision || this.next >= compactRevision) {
      throw this.#broken('resumable', `cancelled at ${this.next} for a compaction of ${compactRevision}`);
    }
    this.next = compactRevision;
  }

  /** The first revision up to `revision` with an event that was not told; 0 where there is none. */
  missingUpTo(revision: number): number {
    for (let main = this.next; main <= revision; main++) if (this.#matching(main).length > 0) return main;
    return 0;
  }

  #revision(main: number, events: readonly Event[]): void {
    if (main < this.next) throw this.#broken('unique and ordered', `revision ${main} came again or too late`);
    this.#mustBeAgreed(main);
    const missing = this.missingUpTo(main - 1);
    if (missing > 0) throw this.#broken('resumable', `revision ${missing} was left out before ${main}`);
    const expected = this.#matching(main);
    if (events.length !== expected.length) {
      throw this.#broken('atomic', `revision ${main} came with ${events.length} of ${expected.length} events`);
    }
    expected.forEach((event, i) => this.#event(main, event, events[i]!));
    this.next = main + 1;
  }

  #event(main: number, expected: AgreedEvent, event: Event): void {
    const isDelete = event.type === EventType.DELETE;
    const isSame =
      event.kv!.key === expected.key &&
      isDelete === (expected.kv === undefined) &&
      (expected.kv === undefined || isEqual(event.kv!, expected.kv));
    if (!isSame) throw this.#broken('right', `revision ${main} has another event of ${event.kv!.key}`);
    const { before } = expected;
    if (event.prevKv === undefined) {
      const mayBeGone = main - 1 < this.#agreed.compactRevision;
      if (this.watched.prevKv && before !== undefined && !mayBeGone) {
        throw this.#broken('right', `revision ${main} came without the value before`);
      }
    } else if (!this.watched.prevKv || before === undefined || !isEqual(event.prevKv, before)) {
      throw this.#broken('right', `revision ${main} came with a wrong value before`);
    }
  }

  #matching(main: number): AgreedEvent[] {
    const { key, rangeEnd, filters } = this.watched;
    return this.#agreed
      .eventsAt(main)
      .filter(
        (event) =>
          isWithin(event.key, key, rangeEnd) &&
          !filters.includes(event.kv === undefined ? FilterType.NODELETE : FilterType.NOPUT),
      );
  }

  #mustBeAgreed(revision: number): void {
    if (revision > this.#agreed.revision) throw this.#broken('right', `revision ${revision} is not agreed on yet`);
  }

  #broken(guarantee: string, what: string): Violation {
    return new Violation(`watch of ${JSON.stringify(this.watched.key)} is not ${guarantee}: ${what}`);
  }
}

function isEqual(kv: KeyValue, agreed: AgreedKv): boolean {
  return (
    kv.key === agreed.key &&
    kv.createRevision === agreed.createRevision &&
    kv.modRevision === agreed.modRevision &&
    kv.version === agreed.version &&
    kv.lease === agreed.lease &&
    byteStringFrom(kv.value) === agreed.value
  );
}

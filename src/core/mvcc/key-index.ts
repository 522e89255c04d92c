/**
 * Which revisions every key has. Keys whose newest revision is a value and keys whose newest is a tombstone lie in two
 * trees: so the number of keys in a range is known without walking it, and what a deletion left behind is not in the
 * way of reads.
 *
 * A generation is one life of a key, from its creation to its tombstone. What a write needs of the current one
 * (create revision, version) is held per key; older generations are only links in the key's chain of revisions.
 * Everything per key and per revision is columns of numbers, so the garbage collector sees the keys alone.
 */
import type { ByteString } from '../../base/bytes.ts';
import { OrderedMap } from '../../base/ordered-map.ts';
import { FloatColumn, Int32Column } from './columns.ts';
import { NONE, RevisionChains } from './revision-chains.ts';

/** A visible revision of a key, as a row of the chains. Returning false ends the visit. */
type RowVisitor = (key: ByteString, row: number, slot: number) => boolean | void;

export class KeyIndex {
  readonly chains = new RevisionChains();
  private readonly live = new OrderedMap<number>();
  private readonly dead = new OrderedMap<number>();
  private readonly heads = new Int32Column();
  private readonly creates = new FloatColumn();
  private readonly versions = new FloatColumn();
  private slots = 0;
  private freeSlots: number[] = [];

  /** Keys that have a value now. */
  get liveKeys(): number {
    return this.live.size;
  }

  /** The slot of a key that has a value now; undefined otherwise. */
  find(key: ByteString): number | undefined {
    return this.live.get(key);
  }

  /** The newest revision of the key in a slot. */
  head(slot: number): number {
    return this.heads.get(slot);
  }

  createRevision(slot: number): number {
    return this.creates.get(slot);
  }

  version(slot: number): number {
    return this.versions.get(slot);
  }

  /** Adds a value's revision to a key that has one already. */
  update(slot: number, main: number, sub: number): void {
    this.heads.set(slot, this.chains.add(main, sub, false, this.heads.get(slot)));
    this.versions.set(slot, this.versions.get(slot) + 1);
  }

  /** Starts a generation: the key has no value now. */
  create(key: ByteString, main: number, sub: number): number {
    return this.revive(key, main, sub, main, 1);
  }

  /** A revision read back from the backend, in revision order, with what its KeyValue says. */
  restore(key: ByteString, main: number, sub: number, createRevision: number, version: number): void {
    const slot = this.live.get(key);
    if (slot === undefined) {
      this.revive(key, main, sub, createRevision, version);
    } else {
      this.heads.set(slot, this.chains.add(main, sub, false, this.heads.get(slot)));
      this.creates.set(slot, createRevision);
      this.versions.set(slot, version);
    }
  }

  /** Ends the generation of a key that has a value now. */
  tombstone(key: ByteString, main: number, sub: number): void {
    const slot = this.live.delete(key)!;
    this.heads.set(slot, this.chains.add(main, sub, true, this.heads.get(slot)));
    this.dead.set(key, slot);
  }

  /** A tombstone read back from the backend; the values under it may have been compacted away. */
  restoreTombstone(key: ByteString, main: number, sub: number): void {
    if (this.live.get(key) !== undefined) {
      this.tombstone(key, main, sub);
      return;
    }
    const known = this.dead.get(key);
    const slot = known ?? this.takeSlot();
    this.heads.set(slot, this.chains.add(main, sub, true, known === undefined ? NONE : this.heads.get(slot)));
    this.dead.set(key, slot);
  }

  /** How many keys of [start, end) have a value now. */
  countLive(start: ByteString, end: ByteString | undefined): number {
    return this.live.countRange(start, end);
  }

  /** Visits the keys of [start, end) that have a value now, in order. */
  scanLive(start: ByteString, end: ByteString | undefined, visit: RowVisitor): void {
    this.live.scan(start, end, (key, slot) => visit(key, this.heads.get(slot), slot));
  }

  /** Visits the keys of [start, end) that had a value at `revision`, in order. */
  scanAt(start: ByteString, end: ByteString | undefined, revision: number, visit: RowVisitor): void {
    this.scanAll(start, end, (key, slot) => {
      const row = this.valueRowAt(slot, revision);
      return row === NONE ? undefined : visit(key, row, slot);
    });
  }

  /** The row of `key`'s value at `revision`; NONE where it had none. */
  rowAt(key: ByteString, revision: number): number {
    const slot = this.live.get(key) ?? this.dead.get(key);
    return slot === undefined ? NONE : this.valueRowAt(slot, revision);
  }

  /** The same for the key in a slot. */
  valueRowAt(slot: number, revision: number): number {
    const row = this.chains.newestAt(this.heads.get(slot), revision);
    return row === NONE || this.chains.isTombstone(row) ? NONE : row;
  }

  /** Visits every known key of [start, end), live or dead, in order. The visitor may drop the key it is shown. */
  scanAll(
    start: ByteString,
    end: ByteString | undefined,
    visit: (key: ByteString, slot: number) => boolean | void,
  ): void {
    if (this.dead.countRange(start, end) === 0) {
      this.live.scan(start, end, visit);
      return;
    }
    const live = this.live.seek(start);
    const dead = this.dead.seek(start);
    for (;;) {
      const [a, b] = [live.key, dead.key];
      const cursor = a === undefined || (b !== undefined && b < a) ? dead : live;
      const key = cursor.key;
      if (key === undefined || (end !== undefined && key >= end)) return;
      if (visit(key, cursor.value) === false) return;
      cursor.advance();
    }
  }

  /** Forgets a key none of whose revisions is left. */
  drop(key: ByteString, slot: number): void {
    this.dead.delete(key);
    this.freeSlots.push(slot);
  }

  /** Forgets a dead key's whole chain at once; the rows are the caller's to release. */
  clearHead(slot: number): void {
    this.heads.set(slot, NONE);
  }

  private revive(key: ByteString, main: number, sub: number, createRevision: number, version: number): number {
    const known = this.dead.delete(key);
    const slot = known ?? this.takeSlot();
    this.heads.set(slot, this.chains.add(main, sub, false, known === undefined ? NONE : this.heads.get(slot)));
    this.creates.set(slot, createRevision);
    this.versions.set(slot, version);
    this.live.set(key, slot);
    return slot;
  }

  private takeSlot(): number {
    const free = this.freeSlots.pop();
    if (free !== undefined) return free;
    const slot = this.slots++;
    this.heads.grow(this.slots);
    this.creates.grow(this.slots);
    this.versions.grow(this.slots);
    return slot;
  }
}

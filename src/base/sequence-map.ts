/**
 * Values under numbers that go up, most of which are taken out again soon: calls under way, by their number.
 *
 * A `Map` would do, but for the garbage collector. One that is filled and emptied thousands of times a second outgrows its
 * table again and again, and V8 lets each table point to the one after it (so that iterators find their way) and keeps the
 * entries that stood in it. Once such a table has moved to the old generation, all later ones and what they held outlive
 * every collection of the young one: half of all calls did, collections took 2.3 instead of 0.3 ms, and a generator's
 * sends were late by that. Source: V8, src/objects/ordered-hash-table.cc, Rehash.
 */
const LEAST_SLOTS = 16;
/** An array is halved where less than this share of it was used between two times that it was empty. */
const SHRINK_BELOW = 1 / 8;
/** Where nothing stands: equal to no number that anybody may ask for, itself included. */
const EMPTY = NaN;

export class SequenceMap<V> {
  /** A number's slot is given by its low bits. */
  private values: (V | undefined)[] = newSlots(LEAST_SLOTS);
  private numbers: number[] = newNumbers(LEAST_SLOTS);
  private inSlots = 0;
  private mostInSlots = 0;
  /** What stayed so long that its slot was needed again. */
  private readonly lasting = new Map<number, V>();

  get size(): number {
    return this.inSlots + this.lasting.size;
  }

  get(number: number): V | undefined {
    const slot = number & (this.values.length - 1);
    if (this.numbers[slot] === number) return this.values[slot];
    return this.lasting.size === 0 ? undefined : this.lasting.get(number);
  }

  has(number: number): boolean {
    return this.numbers[number & (this.values.length - 1)] === number || this.lasting.has(number);
  }

  /** `number` is an integer from 0 to 2^53 - 1. */
  set(number: number, value: V): void {
    if (this.lasting.size > 0 && this.lasting.has(number)) {
      this.lasting.set(number, value);
      return;
    }
    let slot = number & (this.values.length - 1);
    while (this.isTaken(slot, number) && 2 * this.inSlots >= this.values.length) {
      this.resize(2 * this.values.length);
      slot = number & (this.values.length - 1);
    }
    if (this.isTaken(slot, number)) this.lasting.set(this.numbers[slot]!, this.values[slot]!);
    else if (this.numbers[slot] !== number) this.inSlots++;
    this.numbers[slot] = number;
    this.values[slot] = value;
    if (this.inSlots > this.mostInSlots) this.mostInSlots = this.inSlots;
  }

  /** Whether there was such a number. */
  delete(number: number): boolean {
    const slot = number & (this.values.length - 1);
    if (this.numbers[slot] !== number) return this.lasting.size > 0 && this.lasting.delete(number);
    this.numbers[slot] = EMPTY;
    this.values[slot] = undefined;
    if (--this.inSlots === 0) this.rest();
    return true;
  }

  clear(): void {
    this.values = newSlots(LEAST_SLOTS);
    this.numbers = newNumbers(LEAST_SLOTS);
    this.inSlots = 0;
    this.mostInSlots = 0;
    this.lasting.clear();
  }

  /** In no order. `visit` changes nothing here. */
  forEach(visit: (value: V, number: number) => void): void {
    this.lasting.forEach(visit);
    for (let slot = 0; slot < this.values.length; slot++) {
      if (!Number.isNaN(this.numbers[slot])) visit(this.values[slot]!, this.numbers[slot]!);
    }
  }

  /** What is there now, lowest number first. */
  inOrder(): [number: number, value: V][] {
    const entries: [number, V][] = [];
    this.forEach((value, number) => entries.push([number, value]));
    return entries.sort(([a], [b]) => a - b);
  }

  private isTaken(slot: number, number: number): boolean {
    return this.numbers[slot] !== number && !Number.isNaN(this.numbers[slot]);
  }

  /** Empty: a burst should not leave its memory behind for good. */
  private rest(): void {
    if (this.values.length > LEAST_SLOTS && this.mostInSlots < SHRINK_BELOW * this.values.length)
      this.resize(this.values.length / 2);
    this.mostInSlots = 0;
  }

  private resize(slots: number): void {
    const { numbers, values } = this;
    this.numbers = newNumbers(slots);
    this.values = newSlots(slots);
    for (let from = 0; from < values.length; from++) {
      if (Number.isNaN(numbers[from])) continue;
      // Twice the slots part numbers and bring none together.
      const slot = numbers[from]! & (slots - 1);
      this.numbers[slot] = numbers[from]!;
      this.values[slot] = values[from];
    }
  }
}

function newSlots<V>(count: number): (V | undefined)[] {
  return new Array<V | undefined>(count).fill(undefined);
}

function newNumbers(count: number): number[] {
  return new Array<number>(count).fill(EMPTY);
}

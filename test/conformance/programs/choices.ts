/** Draws from small sets, so that the requests of a program meet each other. */
import { prefixEnd, type ByteString } from '../../../src/base/bytes.ts';
import type { Random } from '../../../src/base/random.ts';
import { At, Invalid, Named, type Fields, type Value } from '../values.ts';

export const KEYS: readonly ByteString[] = [
  '\0',
  '\0\0',
  '\x01',
  'a',
  'a\0',
  'aa',
  'ab',
  'abc',
  'b',
  'b\x7f',
  'b\xff',
  'b\xff\xff',
  'c/',
  'c/1',
  'c/2',
  'c/2/x',
  'd',
  '\xfe',
  '\xff',
  '\xff\xff',
];

/**
 * The lowest key is written once and never deleted: at a revision without any key, HashKV of etcd counts also what a
 * compaction has yet to delete, so that its answer depends on time.
 */
export const GUARD_KEY: ByteString = '\0';
const CHANGING_KEYS = KEYS.filter((key) => key !== GUARD_KEY);

/** Key of the runner's own writes, outside of `KEYS` but within ranges over them. */
export const MARKER_KEY: ByteString = 'm~';

const HUGE = 1n << 62n;
const LOWEST = -(1n << 63n);

export class Choices {
  readonly random: Random;
  /** Leases that servers named so far. */
  namedLeases = 0;

  constructor(random: Random) {
    this.random = random;
  }

  chance(probability: number): boolean {
    return this.random.float() < probability;
  }

  below(bound: number): number {
    return this.random.below(bound);
  }

  one<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)]!;
  }

  /** For the probabilities of a request's options: as they are, or in one request out of so many raised to at least `crowded`. */
  crowding(share: number, crowded: number): (probability: number) => number {
    return this.chance(share) ? (probability) => Math.max(probability, crowded) : (probability) => probability;
  }

  /** Sets a field with that probability. */
  maybe(fields: Fields, name: string, probability: number, value: () => Value): void {
    if (this.chance(probability)) fields[name] = value();
  }

  key(): ByteString {
    return this.one(KEYS);
  }

  /** Now and then the empty one. */
  anyKey(): Value {
    return this.chance(0.015) ? new Invalid('') : this.key();
  }

  changingKey(): ByteString {
    return this.one(CHANGING_KEYS);
  }

  /** The same for a write. */
  anyChangingKey(): Value {
    return this.chance(0.015) ? new Invalid('') : this.changingKey();
  }

  rangeEnd(key: Value | undefined): Value {
    const start = typeof key === 'string' ? key : 'a';
    const kind = this.below(10);
    if (kind < 2) return '\0';
    if (kind < 5) return prefixEnd(start);
    if (kind < 6) return new Invalid(start);
    const other = this.key();
    return other <= start ? new Invalid(other) : other;
  }

  value(): Uint8Array {
    const kind = this.below(20);
    if (kind < 3) return Buffer.alloc(0);
    if (kind < 14) return Buffer.from(this.one(['1', '2', 'x', '\0', '\xff']), 'latin1');
    if (kind < 19) return Buffer.alloc(1 + this.below(300), this.below(256));
    return Buffer.alloc(20_000 + this.below(20_000), this.below(256));
  }

  /** Around the current or the compacted revision, mostly readable. */
  revision(): Value {
    const kind = this.below(20);
    if (kind < 9) return new At('current', -this.below(8));
    if (kind < 12) return new At('current', -this.below(60));
    if (kind < 15) return new At('compacted', this.below(4));
    if (kind < 16) return 0;
    return new Invalid(
      this.one<Value>([new At('compacted', -1), new At('current', 1), new At('current', 40), -1, HUGE, LOWEST]),
    );
  }

  bound(): Value {
    return this.chance(0.1) ? new Invalid(this.one<Value>([-1, HUGE, LOWEST])) : new At('current', -this.below(30));
  }

  /** A lease to name in a request; invalid where it never exists. */
  lease(): Value {
    if (this.namedLeases > 0 && this.chance(0.4)) return new Named(`lease ${this.below(this.namedLeases)}`);
    return this.chosenLease();
  }

  /** One whose id a client chose: what is stored with it has the same hash on both servers. */
  chosenLease(): Value {
    return this.chance(0.85) ? this.one([1n, 2n, 3n, 4n, 5n, -7n, HUGE]) : new Invalid(this.one([77n, -1n, LOWEST]));
  }

  bool(): boolean {
    return this.chance(0.85);
  }
}

/**
 * The keys of objects as bytes that are put together where they are sent: a text would be made, flattened and looked at
 * character by character, which takes longer than all else that a request needs of its key.
 */
import type { ByteSource } from '../../base/bytes.ts';
import { bytesFrom } from '../../base/bytes.ts';

/** What a space's keys are made of: `<opening><object's number>`, and after a hyphen seven digits, where there are some. */
export interface KeyFormat {
  openingOf(object: number): Uint8Array;
  /** The number is padded with zeros to so many digits. */
  readonly leastDigits: number;
  /** A number of 32 bits, written in base 36. */
  readonly suffixOf: ((object: number) => number) | undefined;
}

/** The digits of a 32-bit number in base 36. */
const SUFFIX_DIGITS = 7;
const DIGITS = bytesFrom('0123456789abcdefghijklmnopqrstuvwxyz');
const HYPHEN = 0x2d;
const MOST_INT32 = 0x7fffffff;

/** One key after another: that of the object that it was given last. */
export class ObjectKey implements ByteSource {
  length = 0;
  private readonly format: KeyFormat;
  private object = 0;
  private digits = 0;
  private opening: Uint8Array = NO_BYTES;

  constructor(format: KeyFormat) {
    this.format = format;
  }

  of(object: number): void {
    const { format } = this;
    this.object = object;
    this.opening = format.openingOf(object);
    this.digits = Math.max(format.leastDigits, decimalDigits(object));
    this.length = this.opening.length + this.digits + (format.suffixOf === undefined ? 0 : 1 + SUFFIX_DIGITS);
  }

  writeTo(into: Uint8Array, offset: number): void {
    const { suffixOf } = this.format;
    into.set(this.opening, offset);
    const at = offset + this.opening.length;
    writeDecimal(this.object, into, at, this.digits);
    if (suffixOf === undefined) return;
    into[at + this.digits] = HYPHEN;
    writeSuffix(suffixOf(this.object), into, at + this.digits + 1);
  }
}

const NO_BYTES = new Uint8Array(0);

function decimalDigits(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  return digits;
}

// Whole numbers of 32 bits are divided by a constant several times as fast as others.

function writeDecimal(value: number, into: Uint8Array, offset: number, digits: number): void {
  let at = offset + digits;
  for (; value > MOST_INT32; value = Math.floor(value / 10)) into[--at] = DIGITS[value % 10]!;
  let rest = value | 0;
  while (at > offset) {
    const tenth = (rest / 10) | 0;
    into[--at] = DIGITS[rest - 10 * tenth]!;
    rest = tenth;
  }
}

function writeSuffix(value: number, into: Uint8Array, offset: number): void {
  const high = Math.floor(value / 46_656);
  writeBase36(high, into, offset, SUFFIX_DIGITS - 3);
  writeBase36(value - 46_656 * high, into, offset + SUFFIX_DIGITS - 3, 3);
}

function writeBase36(value: number, into: Uint8Array, offset: number, digits: number): void {
  let rest = value | 0;
  for (let at = offset + digits; at > offset;) {
    const next = (rest / 36) | 0;
    into[--at] = DIGITS[rest - 36 * next]!;
    rest = next;
  }
}

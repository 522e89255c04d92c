import { DecodeError } from './decode-error.ts';
import { bigInt64FromHalves, bigUint64FromHalves, int64FromHalves, uint64FromHalves } from './varint.ts';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_START_GROUP = 3;
export const WIRE_END_GROUP = 4;
export const WIRE_FIXED32 = 5;

/** Groups are only ever skipped; no message of etcd has one, so this many inside each other are an attack. */
const MAX_GROUP_DEPTH = 32;

/**
 * Messages inside each other. Only nested transactions recurse, by two levels each; etcd's limit of 128 operations in a
 * transaction and all below it lets an honest one reach 256.
 */
const MAX_DEPTH = 300;

/** Seven bits in each; the last has one of the 64. */
const MOST_VARINT_BYTES = 10;

/**
 * Walks the fields of a protobuf message in `bytes[pos, end)`. Every read is bounded by `end` and throws DecodeError rather
 * than go past it. A nested message is read between `open` and `close`, which narrow `end` to it and restore it.
 */
export class Reader<B extends Uint8Array = Uint8Array> {
  bytes: B;
  pos: number;
  end: number;
  #depth = 0;
  #low = 0;
  #high = 0;

  constructor(bytes: B, start = 0, end = bytes.length) {
    checkBounds(bytes, start, end);
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
  }

  /** Begins anew on another message, so that one reader may serve many. */
  reset(bytes: B, start = 0, end = bytes.length): void {
    checkBounds(bytes, start, end);
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
    this.#depth = 0;
  }

  /** The next field's tag: `number << 3 | wireType`. */
  tag(): number {
    const first = this.pos < this.end ? this.bytes[this.pos]! : 0x80;
    if (first < 0x80) {
      this.pos++;
      if (first < 8) throw new DecodeError('field number 0');
      return first;
    }
    this.#varint();
    if (this.#high !== 0) throw new DecodeError('field number above 2^29 - 1');
    const tag = this.#low >>> 0;
    if (tag < 8) throw new DecodeError('field number 0');
    return tag;
  }

  /** The length that opens a `bytes`, `string` or message field, checked to lie within `end`. */
  length(): number {
    const first = this.pos < this.end ? this.bytes[this.pos]! : 0x80;
    let length = first;
    if (first < 0x80) {
      this.pos++;
    } else {
      this.#varint();
      if (this.#high !== 0) throw new DecodeError('length beyond the end of the message');
      length = this.#low >>> 0;
    }
    if (length > this.end - this.pos) throw new DecodeError('length beyond the end of the message');
    return length;
  }

  /** Enters a nested message; what it returns is for `close`. */
  open(): number {
    const length = this.length();
    if (++this.#depth > MAX_DEPTH) throw new DecodeError('messages nested too deep');
    const outer = this.end;
    this.end = this.pos + length;
    return outer;
  }

  close(outer: number): void {
    this.#depth--;
    this.end = outer;
  }

  int64(): number {
    const first = this.pos < this.end ? this.bytes[this.pos]! : 0x80;
    if (first < 0x80) {
      this.pos++;
      return first;
    }
    this.#varint();
    return int64FromHalves(this.#low, this.#high);
  }

  uint64(): number {
    this.#varint();
    return uint64FromHalves(this.#low, this.#high);
  }

  /** An enum's value. Like the other implementations, the lower 32 bits of what came. */
  int32(): number {
    this.#varint();
    return this.#low | 0;
  }

  uint32(): number {
    this.#varint();
    return this.#low >>> 0;
  }

  bool(): boolean {
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  bigInt64(): bigint {
    this.#varint();
    return bigInt64FromHalves(this.#low, this.#high);
  }

  bigUint64(): bigint {
    this.#varint();
    return bigUint64FromHalves(this.#low, this.#high);
  }

  /** Passes over the value of a field that nobody here knows, groups included. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case WIRE_VARINT:
        return this.#skipVarint();
      case WIRE_FIXED64:
        return this.#advance(8);
      case WIRE_BYTES:
        return this.#advance(this.length());
      case WIRE_FIXED32:
        return this.#advance(4);
      case WIRE_START_GROUP:
        return this.#skipGroup(tag >>> 3, depth);
      default:
        throw new DecodeError(`wire type ${tag & 7} where a field begins`);
    }
  }

  #skipGroup(number: number, depth: number): void {
    if (depth >= MAX_GROUP_DEPTH) throw new DecodeError('groups nested too deep');
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) === WIRE_END_GROUP) {
        if (tag >>> 3 !== number) throw new DecodeError('end of a group that was not begun');
        return;
      }
      this.skip(tag, depth + 1);
    }
  }

  #advance(count: number): void {
    if (count > this.end - this.pos) throw new DecodeError('message cut short');
    this.pos += count;
  }

  #skipVarint(): void {
    const { bytes, end, pos } = this;
    for (let i = 0; i < MOST_VARINT_BYTES; i++) {
      if (pos + i >= end) throw new DecodeError('message cut short');
      if (bytes[pos + i]! >= 0x80) continue;
      if (i === MOST_VARINT_BYTES - 1 && bytes[pos + i]! > 1) break;
      this.pos = pos + i + 1;
      return;
    }
    throw new DecodeError('varint over 64 bits');
  }

  /** Reads a varint into `#low` and `#high`. */
  #varint(): void {
    const { bytes, end } = this;
    let pos = this.pos;
    if (pos < end && bytes[pos]! < 0x80) {
      this.#low = bytes[pos]!;
      this.#high = 0;
      this.pos = pos + 1;
      return;
    }
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (pos >= end) throw new DecodeError('message cut short');
      const byte = bytes[pos++]!;
      const bits = byte & 0x7f;
      if (shift < 28) {
        low |= bits << shift;
      } else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else {
        if (shift === 63 && bits > 1) break;
        high |= bits << (shift - 32);
      }
      if (byte < 0x80) {
        this.pos = pos;
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw new DecodeError('varint over 64 bits');
  }
}

function checkBounds(bytes: Uint8Array, start: number, end: number): void {
  if (!(start >= 0 && start <= end && end <= bytes.length)) throw new RangeError(`no bytes ${start} to ${end}`);
}

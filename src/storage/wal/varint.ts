/** Base-128 varints of protobuf, as the log's messages use them. */

/** Bytes that `value` (a whole number, 0 to 2^53 − 1) takes. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  let bytes = 4;
  for (let rest = Math.floor(value / 0x10000000); rest > 0; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** Writes `value` (0 to 2^53 − 1) at `at`; the position after it. */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  while (value > 0x7fffffff) {
    out[at++] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  while (value > 0x7f) {
    out[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  out[at++] = value;
  return at;
}

/** Bytes that `value` (unsigned, 64 bits) takes. */
export function bigVarintBytes(value: bigint): number {
  let bytes = 1;
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) bytes++;
  return bytes;
}

/** Writes `value` (unsigned, 64 bits) at `at`; the position after it. */
export function writeBigVarint(out: Uint8Array, at: number, value: bigint): number {
  for (; value > 0x7fn; value >>= 7n) out[at++] = Number(value & 0x7fn) | 0x80;
  out[at++] = Number(value);
  return at;
}

/** Reads protobuf fields from a stretch of bytes. Throws RangeError on what is not well formed. */
export class FieldReader {
  private readonly bytes: Uint8Array;
  private readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** A varint that must be at most 2^53 − 1. */
  number(what: string): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) throw new RangeError(`${what} is cut off`);
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`${what} is above 2^53 - 1`);
        return value;
      }
      scale *= 0x80;
    }
    throw new RangeError(`${what} is not a varint`);
  }

  /** A varint of up to 64 bits. */
  bigint(what: string): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.at >= this.end) throw new RangeError(`${what} is cut off`);
      const byte = this.bytes[this.at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff_ffff_ffffn) throw new RangeError(`${what} is above 2^64 - 1`);
        return value;
      }
    }
    throw new RangeError(`${what} is not a varint`);
  }

  /** A length, then that many bytes: the position of the first; `at` stands after the last. */
  span(what: string): number {
    const length = this.number(what);
    const start = this.at;
    if (length > this.end - start) throw new RangeError(`${what} is cut off`);
    this.at = start + length;
    return start;
  }
}

/**
 * Protobuf's variable-length integers. Source: protobuf.dev, "Encoding".
 *
 * Numbers are whole and within ±2^53; a negative one takes ten bytes (64-bit two's complement). Bigints are within 64 bits,
 * signed or unsigned. Nothing here allocates.
 */

const TWO_32 = 4294967296;
const scratch = new DataView(new ArrayBuffer(8));

/** Bytes that `value` takes. */
export function varintSize(value: number): number {
  if (value < 0) return 10;
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  if (value < 0x800000000) return 5;
  if (value < 0x40000000000) return 6;
  if (value < 0x2000000000000) return 7;
  return 8;
}

/** Writes `value` at `offset`; returns the offset behind it. */
export function writeVarint(value: number, into: Uint8Array, offset: number): number {
  if (value < 0) return writeHalves(value | 0, Math.floor(value / TWO_32) | 0, into, offset);
  while (value >= TWO_32) {
    const low = value & 0x7f;
    into[offset++] = low | 0x80;
    value = (value - low) / 128;
  }
  value >>>= 0;
  while (value > 0x7f) {
    into[offset++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  into[offset++] = value;
  return offset;
}

export function bigVarintSize(value: bigint): number {
  if (value >= 0n && value < 0x10000000000000n) return varintSize(Number(value));
  scratch.setBigUint64(0, value);
  const high = scratch.getUint32(0);
  if (high < 0x1000000) return 8;
  return high >>> 31 === 0 ? 9 : 10;
}

export function writeBigVarint(value: bigint, into: Uint8Array, offset: number): number {
  if (value >= 0n && value < 0x10000000000000n) return writeVarint(Number(value), into, offset);
  scratch.setBigUint64(0, value);
  return writeHalves(scratch.getInt32(4), scratch.getInt32(0), into, offset);
}

function writeHalves(low: number, high: number, into: Uint8Array, offset: number): number {
  while (high !== 0) {
    into[offset++] = (low & 0x7f) | 0x80;
    low = (low >>> 7) | (high << 25);
    high >>>= 7;
  }
  return writeVarint(low >>> 0, into, offset);
}

/** The signed 64-bit integer of two 32-bit halves as a number: exact within ±(2^53 − 1), ±2^53 beyond (see `notation.ts`). */
export function int64FromHalves(low: number, high: number): number {
  const value = (high | 0) * TWO_32 + (low >>> 0);
  if (value > 9007199254740991) return 9007199254740992;
  return value < -9007199254740991 ? -9007199254740992 : value;
}

/** As `int64FromHalves`, unsigned. */
export function uint64FromHalves(low: number, high: number): number {
  const value = (high >>> 0) * TWO_32 + (low >>> 0);
  return value > 9007199254740991 ? 9007199254740992 : value;
}

export function bigInt64FromHalves(low: number, high: number): bigint {
  if (high === 0 && low === 0) return 0n;
  scratch.setInt32(0, high);
  scratch.setInt32(4, low);
  return scratch.getBigInt64(0);
}

export function bigUint64FromHalves(low: number, high: number): bigint {
  if (high === 0 && low === 0) return 0n;
  scratch.setInt32(0, high);
  scratch.setInt32(4, low);
  return scratch.getBigUint64(0);
}

/** A revision as etcd writes it into keys and into `meta`: main and sub, eight bytes each, big-endian, `_` between. */

export const REVISION_KEY_BYTES = 17;
const TWO_32 = 2 ** 32;
const SEPARATOR = 0x5f;
/** What follows the key of a tombstone. */
const TOMBSTONE_MARK = 0x74;

/** Writes 17 bytes, 18 for a tombstone, at `offset`; returns the offset behind them. */
export function writeRevisionKey(
  main: number,
  sub: number,
  tombstone: boolean,
  into: Uint8Array,
  offset: number,
): number {
  let at = writeUint64(main, into, offset);
  into[at++] = SEPARATOR;
  at = writeUint64(sub, into, at);
  if (tombstone) into[at++] = TOMBSTONE_MARK;
  return at;
}

/** The main revision of `encodeRevision`'s form. */
export function mainOf(bytes: Uint8Array): number {
  let main = 0;
  for (let i = 0; i < 8; i++) main = main * 256 + bytes[i]!;
  return main;
}

export function encodeRevision(main: number): Uint8Array {
  const bytes = new Uint8Array(REVISION_KEY_BYTES);
  writeRevisionKey(main, 0, false, bytes, 0);
  return bytes;
}

function writeUint64(value: number, into: Uint8Array, offset: number): number {
  let high = Math.floor(value / TWO_32);
  let low = value >>> 0;
  for (let i = 3; i >= 0; i--, high >>>= 8) into[offset + i] = high & 0xff;
  for (let i = 7; i >= 4; i--, low >>>= 8) into[offset + i] = low & 0xff;
  return offset + 8;
}

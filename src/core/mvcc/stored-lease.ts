/** leasepb.Lease as the backend keeps it: id, TTL and remaining TTL, under the id's eight bytes. */
import { byteStringFrom, type ByteString } from '../../base/bytes.ts';
import { Reader } from '../api/reader.ts';
import { bigVarintSize, varintSize, writeBigVarint, writeVarint } from '../api/varint.ts';

export interface StoredLease {
  readonly id: bigint;
  readonly ttlS: number;
  readonly remainingTtlS: number;
}

const TAG_ID = 1 << 3;
const TAG_TTL = 2 << 3;
const TAG_REMAINING_TTL = 3 << 3;

/** The key of a lease in its bucket: the id, big-endian. */
export function leaseKey(id: bigint): ByteString {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, id);
  return byteStringFrom(bytes);
}

export function encodeLease({ id, ttlS, remainingTtlS }: StoredLease): Uint8Array {
  const size = 2 + bigVarintSize(id) + varintSize(ttlS) + (remainingTtlS === 0 ? 0 : 1 + varintSize(remainingTtlS));
  const bytes = new Uint8Array(size);
  bytes[0] = TAG_ID;
  let at = writeBigVarint(id, bytes, 1);
  bytes[at] = TAG_TTL;
  at = writeVarint(ttlS, bytes, at + 1);
  if (remainingTtlS !== 0) {
    bytes[at] = TAG_REMAINING_TTL;
    writeVarint(remainingTtlS, bytes, at + 1);
  }
  return bytes;
}

export function decodeLease(bytes: Uint8Array): StoredLease {
  const reader = new Reader(bytes);
  let [id, ttlS, remainingTtlS] = [0n, 0, 0];
  while (reader.pos < bytes.length) {
    const tag = reader.tag();
    if (tag === TAG_ID) id = reader.bigInt64();
    else if (tag === TAG_TTL) ttlS = reader.int64();
    else if (tag === TAG_REMAINING_TTL) remainingTtlS = reader.int64();
    else reader.skip(tag);
  }
  return { id, ttlS, remainingTtlS };
}

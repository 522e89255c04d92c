/**
 * What stands in a raft entry: etcd's InternalRaftRequest with a header that carries the request id, and one request
 * whose bytes are those the client sent; nothing is encoded again.
 *
 *     field 100 (header): 0xa2 0x06, length, 0x08, id as varint      field N (the request): tag, length, bytes
 *
 * The id says whose proposal an entry is: `session` is drawn anew at every start of a member, so an entry that is
 * replayed after a restart never answers a request of the new life; `sequence` counts within the session.
 */

const HEADER_TAG_LOW = 0xa2;
const HEADER_TAG_HIGH = 0x06;
const ID_TAG = 0x08;
/** Ten bytes carry any 64-bit varint. */
const LONGEST_HEADER_BYTES = 2 + 1 + 1 + 10;

export interface RequestId {
  /** 0 … 2^31 − 1. */
  session: number;
  /** 0 … 2^32 − 1. */
  sequence: number;
}

/** The entry for a request whose encoded bytes are `request`; `field` is its number in InternalRaftRequest. */
export function encodeEntryData(id: RequestId, field: number, request: Uint8Array): Buffer {
  const data = Buffer.allocUnsafeSlow(LONGEST_HEADER_BYTES + 10 + request.length);
  data[0] = HEADER_TAG_LOW;
  data[1] = HEADER_TAG_HIGH;
  data[3] = ID_TAG;
  const idEnd = writeVarint64(data, 4, id.session, id.sequence);
  data[2] = idEnd - 3;
  let at = writeVarint32(data, idEnd, (field << 3) | 2);
  at = writeVarint32(data, at, request.length);
  data.set(request, at);
  return data.subarray(0, at + request.length);
}

/** Reads the id into `into`; false where the entry has none in this form (it came from elsewhere). */
export function readRequestId(data: Uint8Array, into: RequestId): boolean {
  if (data.length < 5 || data[0] !== HEADER_TAG_LOW || data[1] !== HEADER_TAG_HIGH || data[3] !== ID_TAG) return false;
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10; i++) {
    const byte = data[4 + i];
    if (byte === undefined) return false;
    const bits = byte & 0x7f;
    if (i < 4) low |= bits << (7 * i);
    else if (i === 4) {
      low |= bits << 28;
      high = bits >> 4;
    } else high |= bits << (7 * i - 32);
    if (byte < 0x80) {
      into.session = high;
      into.sequence = low >>> 0;
      return true;
    }
  }
  return false;
}

function writeVarint64(into: Uint8Array, at: number, high: number, low: number): number {
  while (high !== 0 || low > 0x7f || low < 0) {
    into[at++] = (low & 0x7f) | 0x80;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  into[at++] = low;
  return at;
}

function writeVarint32(into: Uint8Array, at: number, value: number): number {
  while (value > 0x7f) {
    into[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  into[at++] = value;
  return at;
}

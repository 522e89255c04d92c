/** The nine bytes before every frame. Source: RFC 9113 section 4.1. */

/** Writes a frame header at `offset`; returns the offset of the payload. */
export function writeFrameHeader(
  into: Buffer,
  offset: number,
  payloadBytes: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  into[offset] = payloadBytes >> 16;
  into[offset + 1] = payloadBytes >> 8;
  into[offset + 2] = payloadBytes;
  into[offset + 3] = type;
  into[offset + 4] = flags;
  return writeUint32(into, offset + 5, streamId);
}

export function writeUint32(into: Buffer, offset: number, value: number): number {
  into[offset] = value >>> 24;
  into[offset + 1] = value >>> 16;
  into[offset + 2] = value >>> 8;
  into[offset + 3] = value;
  return offset + 4;
}

export function readUint32(from: Buffer, offset: number): number {
  return ((from[offset]! << 24) | (from[offset + 1]! << 16) | (from[offset + 2]! << 8) | from[offset + 3]!) >>> 0;
}

/** Thirty-one bits; the first is reserved and ignored. */
export function readUint31(from: Buffer, offset: number): number {
  return readUint32(from, offset) & 0x7fff_ffff;
}

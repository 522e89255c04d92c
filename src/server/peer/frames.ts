/**
 * Frames on a peer stream: u32 little-endian length of what follows, u8 kind, payload.
 *
 * The stream is opened by an HTTP/1.1 Upgrade (see `stream-headers.ts`), so the peer port is one HTTP port with TLS, as
 * etcd's is; the bytes after the upgrade are these frames in both directions.
 */

export const FRAME_MESSAGE = 1;
export const FRAME_PING = 2;
export const FRAME_PONG = 3;
export const FRAME_REQUEST = 4;
export const FRAME_RESPONSE = 5;

const HEADER_BYTES = 5;

/** No frame is longer: an append carries at most 1 MiB of entries, or one entry of any allowed size. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** One frame, ready to be written. */
export function encodeFrame(kind: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  writeHeader(frame, kind, payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** One frame as pieces to be written one after the other: the payload is not copied. */
export function encodeFrameParts(kind: number, payload: readonly Uint8Array[]): Uint8Array[] {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  writeHeader(
    header,
    kind,
    payload.reduce((sum, piece) => sum + piece.length, 0),
  );
  return [header, ...payload];
}

function writeHeader(into: Buffer, kind: number, payloadBytes: number): void {
  into.writeUInt32LE(1 + payloadBytes, 0);
  into[4] = kind;
}

/** Cuts a byte stream into frames; the payload is a copy of its own, for entries outlive the chunk they came in. */
export class FrameReader {
  readonly #onFrame: (kind: number, payload: Buffer) => boolean;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #wantedBytes = HEADER_BYTES;

  /** `onFrame` says false of a frame that cannot be read. */
  constructor(onFrame: (kind: number, payload: Buffer) => boolean) {
    this.#onFrame = onFrame;
  }

  /** False when the stream is not made of frames and must be closed. */
  push(chunk: Buffer): boolean {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#wantedBytes) return true;
    let bytes = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending);
    while (bytes.length >= HEADER_BYTES) {
      const length = bytes.readUInt32LE(0);
      if (length < 1 || length > MAX_FRAME_BYTES) return false;
      if (bytes.length < 4 + length) break;
      if (!this.#onFrame(bytes[4]!, Buffer.from(bytes.subarray(HEADER_BYTES, 4 + length)))) return false;
      bytes = bytes.subarray(4 + length);
    }
    this.#wantedBytes = bytes.length >= HEADER_BYTES ? 4 + bytes.readUInt32LE(0) : HEADER_BYTES;
    this.#pending = bytes.length > 0 ? [bytes] : [];
    this.#pendingBytes = bytes.length;
    return true;
  }
}

import type { Message, MessageInput, MessageName } from '../../core/api/index.ts';
import { Reader } from '../../core/api/reader.ts';

/** Reads out of Node's Buffers, whose text methods are much faster than what a plain Uint8Array offers. */
export type BufferReader = Reader<Buffer>;

/** One message's encoding as the codecs of other messages use it: without allocation of its own, and without its length. */
export interface Part<M extends MessageName> {
  readonly size: (message: MessageInput<M>) => number;
  readonly write: (message: MessageInput<M>, into: Buffer, offset: number) => number;
  /** Reads up to `reader.end`. */
  readonly read: (reader: BufferReader) => Message<M>;
}

/** A message's encoding as everyone else uses it. */
export interface Codec<M extends MessageName> {
  readonly name: M;
  encode(message: MessageInput<M>): Buffer;
  /** Bytes that `message` takes. */
  size(message: MessageInput<M>): number;
  /** Writes `message` at `offset`, where `size(message)` bytes must be free; returns the offset behind it. */
  write(message: MessageInput<M>, into: Buffer, offset: number): number;
  /**
   * Decodes `bytes[start, end)`. Fields of kind `bytes` are views of `bytes`: they live as long as those stay unchanged.
   *
   * @throws DecodeError for anything that is not this message.
   */
  decode(bytes: Uint8Array, start?: number, end?: number): Message<M>;
}

export function codecOf<M extends MessageName>(name: M, part: Part<M>): Codec<M> {
  return {
    name,
    size: part.size,
    write: part.write,
    encode(message) {
      const size = part.size(message);
      const bytes = Buffer.allocUnsafe(size);
      part.write(message, bytes, 0);
      return bytes;
    },
    decode: (bytes, start = 0, end = bytes.length) => part.read(new Reader(bufferOver(bytes), start, end)),
  };
}

/** The same memory as a Buffer. */
export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Messages that a peer compressed. Source: gRPC over HTTP/2, "Message-Encoding"; what is said about them is grpc-go's. */
import { gunzipSync } from 'node:zlib';
import { StatusCode } from './status.ts';

/** How a peer's messages may be compressed: what its headers name in `grpc-encoding`. */
export type MessageEncoding = 'identity' | 'gzip';

/** The byte before a message's length. */
const PLAIN = 0;
const COMPRESSED = 1;

export interface MessageRefusal {
  readonly code: StatusCode;
  readonly message: string;
}

export function toMessageEncoding(name: string): MessageEncoding | undefined {
  return name === 'identity' || name === 'gzip' ? name : undefined;
}

/** Why a message with this flag cannot be taken from a peer with that encoding; undefined where it can. */
export function refusalOfFlag(flag: number, encoding: MessageEncoding): MessageRefusal | undefined {
  if (flag === PLAIN || (flag === COMPRESSED && encoding !== 'identity')) return undefined;
  const message =
    flag === COMPRESSED
      ? 'grpc: compressed flag set with identity or empty encoding'
      : `grpc: received unexpected payload format ${flag}`;
  return { code: StatusCode.Internal, message };
}

/** What `bytes` hold, of which no more than `maxBytes` is ever made; or why they cannot be taken. */
export function decompressed(bytes: Buffer, maxBytes: number): Buffer | MessageRefusal {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      const message = `grpc: received message after decompression larger than max ${maxBytes}`;
      return { code: StatusCode.ResourceExhausted, message };
    }
    const message = `grpc: failed to decompress the message: ${(error as Error).message}`;
    return { code: StatusCode.Internal, message };
  }
}

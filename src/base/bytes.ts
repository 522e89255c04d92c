/**
 * Byte strings. etcd's keys are bytes in byte order; here they are `ByteString`s: JavaScript strings whose every
 * code unit is one byte (0–255). V8 keeps them at one byte a character, hashes them as Map keys, and `<` orders
 * them exactly as etcd orders bytes. Values stay Uint8Array.
 */

/** A string in which every character code is one byte (0–255). */
export type ByteString = string;

/** Bytes that are put where they are wanted, and nowhere before: the same each time. */
export interface ByteSource {
  readonly length: number;
  writeTo(into: Uint8Array, offset: number): void;
}

/** Returns the offset behind what was written. */
export function writeBytes(bytes: Uint8Array | ByteSource, into: Uint8Array, offset: number): number {
  if (bytes instanceof Uint8Array) into.set(bytes, offset);
  else bytes.writeTo(into, offset);
  return offset + bytes.length;
}

/** What is written, as text. */
export function byteStringOf(bytes: ByteString | ByteSource): ByteString {
  if (typeof bytes === 'string') return bytes;
  const written = new Uint8Array(bytes.length);
  bytes.writeTo(written, 0);
  return byteStringFrom(written);
}

const CHUNK = 4096;

/** The bytes [start, end) as a ByteString. */
export function byteStringFrom(bytes: Uint8Array, start = 0, end = bytes.length): ByteString {
  if (end - start <= CHUNK) return String.fromCharCode.apply(null, bytes.subarray(start, end) as unknown as number[]);
  let text = '';
  for (let i = start; i < end; i += CHUNK) text += byteStringFrom(bytes, i, Math.min(i + CHUNK, end));
  return text;
}

/** A ByteString as bytes. */
export function bytesFrom(text: ByteString): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Bytes in order as memcmp has it: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** The first key after every key that starts with `prefix`; `\0` (no end) where there is none. */
export function prefixEnd(prefix: ByteString): ByteString {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const code = prefix.charCodeAt(i);
    if (code < 0xff) return prefix.slice(0, i) + String.fromCharCode(code + 1);
  }
  return '\0';
}

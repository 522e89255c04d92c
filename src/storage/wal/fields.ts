/** Strict reading of the log's messages, whose fields all stand in a fixed order. Throws DecodeError. */
import { DecodeError } from '../../core/api/decode-error.ts';
import type { Reader } from '../../core/api/reader.ts';

/** Reads the tag that must come next. */
export function expectTag(fields: Reader, tag: number, what: string): void {
  if (fields.uint64() !== tag) throw new DecodeError(`${what} is missing`);
}

/** A whole number that must be at most 2^53 − 1. */
export function readNumber(fields: Reader, what: string): number {
  const value = fields.uint64();
  if (value > Number.MAX_SAFE_INTEGER) throw new DecodeError(`${what} is above 2^53 - 1`);
  return value;
}

/** Passes over a field's bytes; where they start. They end at `fields.pos`. */
export function passBytes(fields: Reader): number {
  const length = fields.length();
  const start = fields.pos;
  fields.pos += length;
  return start;
}

export function expectEnd(fields: Reader, what: string): void {
  if (fields.pos < fields.end) throw new DecodeError(`${what} has more fields than known`);
}

import { writeOpening, sizeDelimited } from '../fields.ts';
import type { MessageInput, MessageName } from '../../../core/api/index.ts';
import type { Part } from '../part.ts';

/** A nested message as an encoder gets it: the message, or the bytes it is already encoded in. */
export type Nested<M extends MessageName> = MessageInput<M> | Uint8Array;

/** The whole field, one-byte tag included; 0 where it is absent. */
export function sizeNested<M extends MessageName>(part: Part<M>, nested: Nested<M> | undefined): number {
  return nested === undefined ? 0 : sizeDelimited(bodySize(part, nested));
}

export function writeNested<M extends MessageName>(
  part: Part<M>,
  tag: number,
  nested: Nested<M> | undefined,
  into: Buffer,
  offset: number,
): number {
  if (nested === undefined) return offset;
  offset = writeOpening(tag, bodySize(part, nested), into, offset);
  if (!(nested instanceof Uint8Array)) return part.write(nested, into, offset);
  into.set(nested, offset);
  return offset + nested.length;
}

export function sizeList<M extends MessageName>(part: Part<M>, list: readonly Nested<M>[] | undefined): number {
  let size = 0;
  if (list !== undefined) for (const nested of list) size += sizeDelimited(bodySize(part, nested));
  return size;
}

export function writeList<M extends MessageName>(
  part: Part<M>,
  tag: number,
  list: readonly Nested<M>[] | undefined,
  into: Buffer,
  offset: number,
): number {
  if (list !== undefined) for (const nested of list) offset = writeNested(part, tag, nested, into, offset);
  return offset;
}

function bodySize<M extends MessageName>(part: Part<M>, nested: Nested<M>): number {
  return nested instanceof Uint8Array ? nested.length : part.size(nested);
}

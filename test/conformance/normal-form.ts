/**
 * Answers in a form that two servers share: ids by their names, bytes as text, raft terms only as present or not. The
 * leaves in which two of them differ, by path.
 */

import { crc32 } from 'node:zlib';

export type Normal = null | boolean | number | string | readonly Normal[] | { readonly [field: string]: Normal };

const LONG_BYTES = 80;

/** The name of an id that the server made, or a text with the names of what it holds of them. */
export type NameOf = (id: bigint | string) => string | undefined;

export function normalize(value: unknown, nameOf: NameOf): Normal {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return nameOf(value) ?? `${value}`;
  if (typeof value === 'string') return nameOf(value) ?? value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return bytesText(value);
  if (Array.isArray(value)) return value.map((item) => normalize(item, nameOf));
  const fields: Record<string, Normal> = {};
  for (const [name, item] of Object.entries(value)) {
    fields[name] = name === 'raftTerm' ? item !== 0 : normalize(item, nameOf);
  }
  return fields;
}

function bytesText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LONG_BYTES)).toString('latin1');
  if (bytes.length <= LONG_BYTES) return text;
  return `${text}… ${bytes.length} B, CRC ${crc32(bytes)}`;
}

export interface Leaf {
  /** `response.kvs.3.lease`. */
  readonly path: string;
  readonly ours: Normal | undefined;
  readonly theirs: Normal | undefined;
}

export function differingLeaves(ours: Normal | undefined, theirs: Normal | undefined, path = ''): Leaf[] {
  if (ours === theirs) return [];
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null) {
    return [{ path, ours, theirs }];
  }
  if (Array.isArray(ours) !== Array.isArray(theirs)) return [{ path, ours, theirs }];
  const leaves: Leaf[] = [];
  const [a, b] = [ours as Record<string, Normal>, theirs as Record<string, Normal>];
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    leaves.push(...differingLeaves(a[name], b[name], path === '' ? name : `${path}.${name}`));
  }
  return leaves;
}

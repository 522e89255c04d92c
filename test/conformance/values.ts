/**
 * What a request of a program holds. A program is made before it runs, so what only the run knows stands in it by name:
 * revisions relative to the store's, ids that a server gave out.
 */

import type { PeerVersion } from '../support/peer-version.ts';

/** A revision relative to the current one, or to the one compacted last; never below 0. */
export class At {
  readonly of: 'current' | 'compacted';
  readonly delta: number;

  constructor(of: 'current' | 'compacted', delta: number) {
    this.of = of;
    this.delta = delta;
  }
}

/** An id that a server made: 'member', 'lease 3'. Each server has its own. */
export class Named {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A value outside of what the API allows; for the coverage. */
export class Invalid {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

/** A field whose wire type is not its own. */
export class Malformed {}

export type Value =
  number | bigint | boolean | string | Uint8Array | At | Named | Invalid | Malformed | Fields | readonly Value[];

/** A message by field names; what is missing is not sent. */
export interface Fields {
  [field: string]: Value;
}

/** What the run knows. */
export interface Knowledge {
  /** The etcd beside the bundled server. */
  readonly peer: PeerVersion;
  readonly currentRevision: number;
  readonly compactRevision: number;
  /** The revisions of all compactions, in order. */
  readonly compactions: readonly number[];
  idOf(name: string): bigint;
}

/** A number or id as it is sent. */
export function resolved(value: Value, knowledge: Knowledge): Exclude<Value, At | Named | Invalid> {
  if (value instanceof Invalid) return resolved(value.value, knowledge);
  if (value instanceof Named) return knowledge.idOf(value.name);
  if (!(value instanceof At)) return value;
  const from = value.of === 'current' ? knowledge.currentRevision : knowledge.compactRevision;
  return Math.max(0, from + value.delta);
}

/** Nothing but fields: not one of the other kinds of value. */
export function isFields(value: Value): value is Fields {
  return (
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof At) &&
    !(value instanceof Named) &&
    !(value instanceof Invalid) &&
    !(value instanceof Malformed)
  );
}

/** For a person to read. */
export function describeValue(value: Value): string {
  if (value instanceof At) return `${value.of}${value.delta < 0 ? '' : '+'}${value.delta}`;
  if (value instanceof Named) return `<${value.name}>`;
  if (value instanceof Invalid) return describeValue(value.value);
  if (value instanceof Malformed) return '<wrong wire type>';
  if (value instanceof Uint8Array)
    return `${value.length} B ${JSON.stringify(Buffer.from(value.subarray(0, 12)).toString('latin1'))}`;
  if (Array.isArray(value))
    return value.length > 12 ? `[${value.length} of them]` : `[${value.map(describeValue).join(', ')}]`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string')
    return value.length > 100
      ? `${JSON.stringify(value.slice(0, 12))} and on to ${value.length} B`
      : JSON.stringify(value);
  if (isFields(value))
    return `{ ${Object.entries(value)
      .map(([name, v]) => `${name}: ${describeValue(v)}`)
      .join(', ')} }`;
  return `${value as number | boolean}`;
}

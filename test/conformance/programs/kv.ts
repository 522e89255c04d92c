/** Requests of the KV service. */
import { At, Invalid, Named, type Fields, type Value } from '../values.ts';
import type { Choices } from './choices.ts';

export function rangeRequest(c: Choices, mayMissort: boolean): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'key', 0.985, () => c.anyKey());
  c.maybe(fields, 'rangeEnd', 0.7, () => c.rangeEnd(fields['key']));
  addRangeOptions(c, fields, c.crowding(0.2, 0.5));
  if (mayMissort && c.chance(0.04)) {
    // An unknown target in a known order ends etcd 3.4, so the order is unknown too.
    fields['sortOrder'] = new Invalid(c.one([3, 99, -1]));
    if (c.chance(0.5)) fields['sortTarget'] = new Invalid(c.one([5, 77, -2]));
  }
  return fields;
}

/** All that may be asked of a range but its bounds and its revision's absence: `often` is given how likely each is alone. */
function addRangeOptions(c: Choices, fields: Fields, often: (probability: number) => number): void {
  c.maybe(fields, 'limit', often(0.3), () =>
    c.chance(0.9) ? c.below(6) : new Invalid(c.one<Value>([-1, 1n << 62n, -(1n << 63n)])),
  );
  c.maybe(fields, 'revision', often(0.35), () => c.revision());
  c.maybe(fields, 'sortOrder', often(0.35), () => c.below(3));
  c.maybe(fields, 'sortTarget', often(0.35), () => c.below(5));
  c.maybe(fields, 'serializable', 0.2, () => c.bool());
  c.maybe(fields, 'keysOnly', often(0.12), () => c.bool());
  // Not too often: it hides all others.
  c.maybe(fields, 'countOnly', 0.08, () => c.bool());
  for (const bound of ['minModRevision', 'maxModRevision', 'minCreateRevision', 'maxCreateRevision']) {
    c.maybe(fields, bound, often(0.08), () => c.bound());
  }
}

/** Of many keys, with several options at once. */
export function crowdedRangeRequest(c: Choices, key: string, rangeEnd: string): Fields {
  const fields: Fields = { key, rangeEnd };
  addRangeOptions(c, fields, c.crowding(1, 0.5));
  if (c.chance(0.5)) fields['limit'] = c.below(140);
  return fields;
}

export function putRequest(c: Choices, mayKeep: boolean): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'key', 0.985, () => c.anyChangingKey());
  const often = c.crowding(0.05, 0.6);
  const ignoresValue = mayKeep && c.chance(often(0.1));
  const ignoresLease = mayKeep && c.chance(often(0.1));
  c.maybe(fields, 'value', ignoresValue ? 0.3 : 0.95, () => {
    const value = c.value();
    return ignoresValue && value.length > 0 ? new Invalid(value) : value;
  });
  c.maybe(fields, 'lease', ignoresLease ? 0.3 : 0.2, () =>
    ignoresLease ? new Invalid(c.chosenLease()) : c.chosenLease(),
  );
  c.maybe(fields, 'prevKv', often(0.3), () => c.bool());
  if (ignoresValue) fields['ignoreValue'] = true;
  else c.maybe(fields, 'ignoreValue', 0.03, () => false);
  if (ignoresLease) fields['ignoreLease'] = true;
  else c.maybe(fields, 'ignoreLease', 0.03, () => false);
  return fields;
}

export function deleteRangeRequest(c: Choices): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'key', 0.98, () => c.anyChangingKey());
  c.maybe(fields, 'rangeEnd', 0.3, () => c.rangeEnd(fields['key']));
  c.maybe(fields, 'prevKv', 0.5, () => c.bool());
  return fields;
}

const TARGETS: readonly (readonly [field: string, target: number])[] = [
  ['version', 0],
  ['createRevision', 1],
  ['modRevision', 2],
  ['value', 3],
  ['lease', 4],
];

function compare(c: Choices): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'key', 0.985, () => c.anyKey());
  c.maybe(fields, 'result', 0.8, () => (c.chance(0.04) ? new Invalid(c.one([4, -1])) : c.below(4)));
  const [field, target] = c.one(TARGETS);
  c.maybe(fields, 'target', 0.93, () => (c.chance(0.04) ? new Invalid(c.one([5, -3])) : target));
  // Now and then the value of another target, two of them, or none.
  const given = c.chance(0.05) ? [c.one(TARGETS)[0], c.one(TARGETS)[0]] : c.chance(0.9) ? [field] : [];
  for (const name of given) fields[name] = compared(c, name);
  // Each server chooses ids of its own, and which of two is the greater differs.
  const isOrder = fields['result'] === 1 || fields['result'] === 2;
  if (fields['lease'] instanceof Named && isOrder) fields['result'] = 0;
  c.maybe(fields, 'rangeEnd', 0.25, () => c.rangeEnd(fields['key']));
  return fields;
}

function compared(c: Choices, field: string): Value {
  if (field === 'value') return c.value();
  if (field === 'lease') return c.chance(0.4) ? 0n : c.lease();
  if (c.chance(0.06)) return new Invalid(c.one<Value>([-1, 1n << 62n, -(1n << 63n)]));
  if (field === 'version') return c.below(4);
  return c.chance(0.4) ? 0 : c.bound();
}

/** What a transaction may hold. etcd 3.4 ends when a value is to be kept that an earlier deletion took away. */
interface TxnPlan {
  readonly kind: 'reads' | 'puts' | 'any';
  readonly depth: number;
}

/** The most operations of a transaction. */
export const AT_LIMIT = 128;

/** `mostDepth`: of transactions in it. */
export function txnRequest(c: Choices, mostDepth = 3): Fields {
  const kind = c.one(['reads', 'puts', 'any', 'any'] as const);
  const request = txn(c, { kind, depth: Math.min(mostDepth, c.one([0, 0, 0, 1, 2, 3])) });
  return c.chance(0.06) ? overfull(c, request) : request;
}

function txn(c: Choices, plan: TxnPlan): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'compare', 0.7, () => Array.from({ length: c.below(4) }, () => compare(c)));
  c.maybe(fields, 'success', 0.85, () => operations(c, plan));
  c.maybe(fields, 'failure', 0.75, () => operations(c, plan));
  return fields;
}

function operations(c: Choices, plan: TxnPlan): Fields[] {
  return Array.from({ length: c.below(plan.depth === 0 ? 5 : 4) }, () => operation(c, plan));
}

function operation(c: Choices, plan: TxnPlan): Fields {
  if (c.chance(0.012)) return {};
  if (plan.depth > 0 && c.chance(0.5)) return { requestTxn: txn(c, { ...plan, depth: plan.depth - 1 }) };
  const kind = plan.kind === 'reads' ? 0 : c.below(plan.kind === 'puts' ? 3 : 5);
  if (kind === 0) return { requestRange: rangeRequest(c, plan.kind === 'reads') };
  if (kind < 3) {
    const put: Fields = { requestPut: putRequest(c, plan.kind === 'puts') };
    // Of a oneof the last member counts.
    return c.chance(0.02) ? { requestRange: rangeRequest(c, false), ...put } : put;
  }
  return { requestDeleteRange: deleteRangeRequest(c) };
}

function overfull(c: Choices, request: Fields): Fields {
  const branch = c.one(['compare', 'success', 'failure']);
  if (c.chance(0.2)) {
    // Nested, in what its parent leaves of the limit.
    const inner: Fields = {
      success: Array.from({ length: AT_LIMIT - 1 + c.below(2) }, () => ({ requestRange: { key: 'a' } })),
    };
    return { compare: [{ key: 'a', target: 2, result: 2 }], success: new Invalid([{ requestTxn: inner }]) };
  }
  const item: Fields =
    branch === 'compare' ? { key: 'a', target: 0, version: 0 } : { requestRange: { key: 'a', serializable: true } };
  const count = AT_LIMIT + (c.chance(0.2) ? 0 : 1);
  const items = Array.from({ length: count }, () => item);
  return { ...request, [branch]: count > AT_LIMIT ? new Invalid(items) : items };
}

export function compactionRequest(c: Choices): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'revision', 0.8, () => (c.chance(0.1) ? new Invalid(new At('compacted', 0)) : c.revision()));
  c.maybe(fields, 'physical', 0.5, () => c.bool());
  return fields;
}

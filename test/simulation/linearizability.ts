/**
 * Is there an order of the operations on one key, each at some instant between its call and its answer, that a plain
 * register with compare-and-swap could have given? Wing and Gong's search with Lowe's memory of what was tried.
 *
 * Sources: Wing and Gong, "Testing and verifying concurrent objects" (1993); Lowe, "Testing for linearizability" (2017).
 */
import type { Operation } from './history.ts';

/** `unknown` when the search was given up: never to be taken for `ok`. */
export type Verdict = 'ok' | 'illegal' | 'unknown';

export interface KeyVerdict {
  readonly key: string;
  readonly verdict: Verdict;
}

const MAX_STEPS = 200_000;

/** Keys are independent of each other, so each is judged alone. */
export function checkKeys(operations: readonly Operation[], maxSteps = MAX_STEPS): KeyVerdict[] {
  const byKey = new Map<string, Operation[]>();
  for (const operation of operations) {
    const list = byKey.get(operation.key);
    if (list === undefined) byKey.set(operation.key, [operation]);
    else list.push(operation);
  }
  return [...byKey].map(([key, list]) => ({ key, verdict: checkRegister(list, maxSteps) }));
}

/** A call or an answer, in a doubly linked list from which operations are lifted out and put back. */
interface Node {
  readonly operation: Operation;
  readonly number: number;
  readonly isCall: boolean;
  match: Node | undefined;
  before: Node | undefined;
  after: Node | undefined;
}

export function checkRegister(operations: readonly Operation[], maxSteps = MAX_STEPS): Verdict {
  // What was refused did not happen; a read without an answer says nothing.
  const counted = operations.filter(
    ({ kind, outcome }) => outcome === 'ok' || (outcome !== 'refused' && kind !== 'get'),
  );
  const head = linkEvents(counted);
  const tried = new Set<string>();
  const done = new Uint32Array(Math.ceil(counted.length / 32));
  const stack: { node: Node; state: string | undefined }[] = [];
  let left = counted.filter(({ outcome }) => outcome === 'ok').length;
  let state: string | undefined;
  let node = head.after;
  let steps = 0;
  while (left > 0) {
    if (++steps > maxSteps) return 'unknown';
    if (node?.isCall === true) {
      const next = stepRegister(state, node.operation);
      if (next !== undefined) {
        done[node.number >> 5]! |= 1 << (node.number & 31);
        const place = `${done.join()}:${next.state ?? ''}`;
        if (!tried.has(place)) {
          tried.add(place);
          stack.push({ node, state });
          state = next.state;
          if (node.operation.outcome === 'ok') left--;
          lift(node);
          node = head.after;
          continue;
        }
        done[node.number >> 5]! &= ~(1 << (node.number & 31));
      }
      node = node.after;
      continue;
    }
    // An answer whose call was not yet placed, or the end: the last placement was wrong.
    const last = stack.pop();
    if (last === undefined) return 'illegal';
    putBack(last.node);
    done[last.node.number >> 5]! &= ~(1 << (last.node.number & 31));
    if (last.node.operation.outcome === 'ok') left++;
    state = last.state;
    node = last.node.after;
  }
  return 'ok';
}

/** The register after an operation; undefined when it cannot have happened now. */
function stepRegister(state: string | undefined, operation: Operation): { state: string | undefined } | undefined {
  switch (operation.kind) {
    case 'put':
      return { state: operation.value };
    case 'delete':
      return { state: undefined };
    case 'get':
      return operation.value === state ? { state } : undefined;
    case 'cas':
      return stepCas(state, operation);
  }
}

function stepCas(
  state: string | undefined,
  { outcome, changed, expected, seen, value }: Operation,
): { state: string | undefined } | undefined {
  if (outcome === 'ok' && !changed) return state !== expected && state === seen ? { state } : undefined;
  return state === expected ? { state: value } : undefined;
}

function linkEvents(operations: readonly Operation[]): Node {
  const nodes: { at: number; node: Node }[] = [];
  operations.forEach((operation, number) => {
    const links = { operation, number, before: undefined, after: undefined };
    const call: Node = { ...links, isCall: true, match: undefined };
    nodes.push({ at: operation.invoked, node: call });
    if (operation.outcome !== 'ok') return;
    call.match = { ...links, isCall: false, match: call };
    nodes.push({ at: operation.answered, node: call.match });
  });
  nodes.sort((a, b) => a.at - b.at);
  const head: Node = { ...({} as Node), isCall: false, after: undefined };
  let last = head;
  for (const { node } of nodes) {
    last.after = node;
    node.before = last;
    last = node;
  }
  return head;
}

function lift(node: Node): void {
  for (const one of [node, node.match]) {
    if (one === undefined) continue;
    one.before!.after = one.after;
    if (one.after !== undefined) one.after.before = one.before;
  }
}

function putBack(node: Node): void {
  for (const one of [node.match, node]) {
    if (one === undefined) continue;
    one.before!.after = one;
    if (one.after !== undefined) one.after.before = one;
  }
}

/**
 * The whole store at once: it claims an order of everything by giving each write a revision and each read the revision it
 * read at. That order must agree with real time, and every read with the writes before it in that order.
 */
import type { Operation } from './history.ts';

/** Why the history cannot be what the revisions claim; undefined when it can. */
export function checkRevisionOrder(operations: readonly Operation[]): string | undefined {
  const answered = operations.filter(({ outcome }) => outcome === 'ok');
  return checkWritesDiffer(answered) ?? checkRealTime(answered) ?? checkReads(answered);
}

function checkWritesDiffer(answered: readonly Operation[]): string | undefined {
  const byRevision = new Map<number, Operation>();
  for (const write of answered.filter(({ changed }) => changed)) {
    const other = byRevision.get(write.revision);
    if (other !== undefined && other.request !== write.request)
      return `${describe(write)} and ${describe(other)} have one revision`;
    byRevision.set(write.revision, write);
  }
  return undefined;
}

function checkRealTime(answered: readonly Operation[]): string | undefined {
  const byInvocation = [...answered].sort((a, b) => a.invoked - b.invoked);
  const byAnswer = [...answered].sort((a, b) => a.answered - b.answered);
  let highest: Operation | undefined;
  let next = 0;
  for (const operation of byInvocation) {
    for (; next < byAnswer.length && byAnswer[next]!.answered < operation.invoked; next++) {
      const done = byAnswer[next]!;
      if (highest === undefined || done.revision > highest.revision) highest = done;
    }
    if (highest === undefined) continue;
    const least = operation.changed ? highest.revision + 1 : highest.revision;
    if (operation.revision < least) return `${describe(operation)} came after ${describe(highest)} was answered`;
  }
  return undefined;
}

function checkReads(answered: readonly Operation[]): string | undefined {
  const puts = new Map<string, Operation>();
  const writes = new Map<string, number[]>();
  for (const operation of answered) {
    if (!operation.changed) continue;
    const { key, kind, revision } = operation;
    if (kind !== 'delete') puts.set(`${key}@${revision}`, operation);
    const list = writes.get(key);
    if (list === undefined) writes.set(key, [revision]);
    else list.push(revision);
  }
  for (const list of writes.values()) list.sort((a, b) => a - b);
  for (const read of answered) {
    if (read.kind !== 'get') continue;
    const put = puts.get(`${read.key}@${read.modRevision}`);
    if (put !== undefined && put.value !== read.value) {
      return `${describe(read)} read what ${describe(put)} did not write`;
    }
    const last = puts.get(`${read.key}@${lastAtMost(writes.get(read.key) ?? [], read.revision)}`);
    // What a delete may have taken away is for the search over each key to judge.
    if (read.value !== undefined && last !== undefined && last.revision > read.modRevision) {
      return `${describe(read)} missed ${describe(last)}`;
    }
  }
  return undefined;
}

function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return ascending[low - 1] ?? 0;
}

function describe({ client, kind, key, value, revision }: Operation): string {
  return `client ${client}'s ${kind} of ${key}${value === undefined ? '' : ` (${value})`} at revision ${revision}`;
}

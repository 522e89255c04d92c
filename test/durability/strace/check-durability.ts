/**
 * Whether a traced member kept its promise: before the first byte of a write's answer leaves, an fdatasync of the log's
 * segment has succeeded that began after the record was written.
 */
import { exchangesOf } from './http2-exchange.ts';
import type { TracedCall } from './parse-trace.ts';

export interface DurabilityReport {
  /** Writes whose answer is in the trace. */
  readonly answered: number;
  /** One line each. */
  readonly violations: readonly string[];
}

const READS = new Set(['read', 'readv', 'recvfrom', 'recvmsg']);
const WRITES = new Set(['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'sendto', 'sendmsg']);
const SYNCS = new Set(['fdatasync', 'fsync']);

/** `markers` are unique texts, one in each write's value. */
export function checkDurability(calls: readonly TracedCall[], markers: readonly string[]): DurabilityReport {
  const logWrites = calls.filter(({ name, target }) => WRITES.has(name) && isSegment(target));
  const syncs = calls.filter(({ name, target, result }) => SYNCS.has(name) && isSegment(target) && result === 0);
  const exchanges = connections(calls).flatMap(({ reads, writes }) => exchangesOf(reads, writes));
  const violations: string[] = [];
  let answered = 0;
  for (const marker of markers) {
    const answer = exchanges.find(({ request }) => request.includes(marker))?.answeredBy;
    if (answer === undefined) continue;
    answered++;
    const record = logWrites.find(({ bytes }) => bytes.includes(marker));
    if (record === undefined || record.endedAt > answer.beganAt) {
      violations.push(`${marker}: answered at line ${answer.beganAt} without a record in the log`);
      continue;
    }
    const isSynced = syncs.some(
      ({ target, beganAt, endedAt }) =>
        target === record.target && beganAt > record.endedAt && endedAt < answer.beganAt,
    );
    if (isSynced) continue;
    violations.push(
      `${marker}: written at line ${record.endedAt}, answered at line ${answer.beganAt}, no sync between`,
    );
  }
  return { answered, violations };
}

function isSegment(target: string): boolean {
  return target.endsWith('.wal');
}

function connections(calls: readonly TracedCall[]): { reads: TracedCall[]; writes: TracedCall[] }[] {
  const bySocket = new Map<string, { reads: TracedCall[]; writes: TracedCall[] }>();
  for (const call of calls) {
    if (!/^(socket|TCP)/.test(call.target)) continue;
    const found = bySocket.get(call.target) ?? { reads: [], writes: [] };
    bySocket.set(call.target, found);
    if (READS.has(call.name)) found.reads.push(call);
    else if (WRITES.has(call.name)) found.writes.push(call);
  }
  // Whatever else speaks over sockets (peers, other protocols) has no preface.
  return [...bySocket.values()].filter(({ reads }) => reads[0]?.bytes.subarray(0, 3).toString() === 'PRI');
}

import { formatBytes, formatSeconds } from '../run/index.ts';
import type { Evidence, Recommendation, Run } from '../run/index.ts';
import { BUNDLED_NOTE, isBundled } from './evidence.ts';
import type { Case } from './evidence.ts';

/** What the database grew by while it was driven. */
interface Growth {
  readonly bytesPerS: number;
  readonly evidence: Evidence;
}

function measuredGrowth(run: Run): Growth | undefined {
  const start = run.server.dbSizeStartBytes;
  const end = run.server.dbSizeBytes;
  if (start === undefined || start === null || end === null || run.durationS <= 0 || end < start) return undefined;
  const bytesPerS = (end - start) / run.durationS;
  return {
    bytesPerS,
    evidence: {
      text: `The database grew by ${formatBytes(end - start)} in ${formatSeconds(run.durationS)} of this load`,
      metric: 'server.dbSizeBytes',
      value: bytesPerS,
      unit: 'bytes/s',
    },
  };
}

/** quota-backend-bytes and auto-compaction-retention: both follow from how fast history grows. */
export function capacity(context: Case): Recommendation[] {
  return [quota(context), retention(context)];
}

function quota(context: Case): Recommendation {
  const { run, facts, thresholds } = context;
  const current = run.target.settings?.quotaBackendBytes ?? null;
  const head = {
    setting: 'quota-backend-bytes',
    flag: '--quota-backend-bytes',
    unit: 'bytes',
    current,
    source: thresholds.quotaMost.source,
  };
  const need = neededBytes(context);
  if (need === undefined) {
    return {
      ...head,
      answer: 'cannot tell',
      recommended: null,
      because: [{ text: 'The size of the database and its growth were not measured' }],
      settle: 'Drive a load (etcdmark run PROFILE), or look at the cluster that holds the data (--endpoints)',
    };
  }
  const room = need.bytes / thresholds.quotaFullShare.value;
  const steps = [thresholds.quotaDefault.value, thresholds.quotaDefault.value * 2, thresholds.quotaMost.value];
  const fitting = steps.find((step) => step >= room);
  const because = [...need.because, ...(isBundled(run) && facts.expectedDbBytes === undefined ? [BUNDLED_NOTE] : [])];
  if (fitting === undefined) {
    because.push({
      text: `That needs ${formatBytes(room)}, past the ${formatBytes(thresholds.quotaMost.value)} that etcd suggests at most`,
    });
  }
  const recommended = Math.max(
    fitting ?? thresholds.quotaMost.value,
    keptQuota(current, room, thresholds.quotaMost.value),
  );
  return {
    ...head,
    answer: current === null ? 'set' : current === recommended ? 'keep' : 'change',
    recommended,
    because,
    cost: 'The quota bounds the file, not the memory: a larger database is also a longer restart, snapshot and defragmentation',
  };
}

/** A quota that is larger than needed but within what etcd suggests is left alone. */
function keptQuota(current: number | null, room: number, most: number): number {
  return current !== null && current >= room && current <= most ? current : 0;
}

interface Need {
  readonly bytes: number;
  readonly because: Evidence[];
}

function neededBytes({ run, facts, thresholds }: Case): Need | undefined {
  if (facts.expectedDbBytes !== undefined) {
    const bytes = facts.expectedDbBytes;
    return {
      bytes,
      because: [{ text: `A database of ${formatBytes(bytes)} is expected`, value: bytes, unit: 'bytes' }],
    };
  }
  const growth = measuredGrowth(run);
  if (growth === undefined) {
    const bytes = run.target.kind === 'endpoints' ? run.server.dbSizeBytes : null;
    if (bytes === null) return undefined;
    const text = `The database holds ${formatBytes(bytes)} now`;
    return { bytes, because: [{ text, metric: 'server.dbSizeBytes', value: bytes, unit: 'bytes' }] };
  }
  // A compaction every R leaves up to 2 R of history behind the present.
  const spanS = 2 * thresholds.apiserverCompaction.value;
  const bytes = (run.server.dbSizeStartBytes ?? 0) + growth.bytesPerS * spanS;
  const text = `With a compaction every ${formatSeconds(thresholds.apiserverCompaction.value)} (kube-apiserver), up to ${formatSeconds(spanS)} of history stay: about ${formatBytes(bytes)} (derived)`;
  return { bytes, because: [growth.evidence, { text, value: bytes, unit: 'bytes' }] };
}

function retention(context: Case): Recommendation {
  const { run, thresholds } = context;
  const settings = run.target.settings;
  const current = settings?.autoCompactionRetention ?? null;
  const head = {
    setting: 'auto-compaction-retention',
    flag: '--auto-compaction-mode periodic --auto-compaction-retention',
    unit: 'duration',
    current,
    source: thresholds.retentionDefault.source,
  };
  const growth = measuredGrowth(run);
  const longestS = growth === undefined ? undefined : longestRetention(growth.bytesPerS, context);
  if (settings?.autoCompactionMode === 'revision' && current !== null && current !== '0') {
    const because = [{ text: `History is already bounded: ${current} revisions are kept` }];
    return {
      ...head,
      flag: '--auto-compaction-retention',
      unit: 'revisions',
      answer: 'keep',
      recommended: current,
      because,
    };
  }
  const wantedS = Math.min(thresholds.retentionDefault.value, longestS ?? Infinity);
  const because: Evidence[] = [];
  if (growth !== undefined) because.push(growth.evidence, ...(isBundled(run) ? [BUNDLED_NOTE] : []));
  if (longestS !== undefined && longestS < thresholds.retentionDefault.value) {
    because.push({
      text: `At that growth ${formatSeconds(2 * thresholds.retentionDefault.value)} of history would overrun the quota`,
    });
  }
  const currentS = current === null ? undefined : parseRetention(current);
  if (currentS !== undefined && currentS > 0 && currentS <= wantedS) {
    because.push({ text: `History is bounded: ${formatSeconds(currentS)} are kept` });
    return { ...head, answer: 'keep', recommended: current, because };
  }
  because.push({ text: retentionReason(current, currentS) });
  const answer = current === null ? 'set' : 'change';
  return { ...head, answer, recommended: formatRetention(wantedS), because };
}

function retentionReason(current: string | null, currentS: number | undefined): string {
  if (current === null) return 'Without it only a client’s compaction bounds the history';
  if (currentS === 0) {
    return 'It is off: only a client’s compaction bounds the history. kube-apiserver compacts every 5 min; other clients do not';
  }
  if (currentS === undefined) return `Its present value ${current} is not a duration`;
  return `It keeps ${formatSeconds(currentS)} of history, and up to twice that until the next compaction`;
}

/** The longest retention whose history, up to twice of it, stays within the quota's alert share. */
function longestRetention(bytesPerS: number, { run, thresholds }: Case): number | undefined {
  if (bytesPerS <= 0) return undefined;
  const quotaBytes = run.target.settings?.quotaBackendBytes ?? thresholds.quotaDefault.value;
  const fitsS = (quotaBytes * thresholds.quotaFullShare.value) / (2 * bytesPerS);
  return Math.max(thresholds.retentionLeast.value, Math.floor(fitsS / 300) * 300);
}

/** Seconds of the flag's value: a duration as Go writes it, or a plain number of hours; undefined for anything else. */
function parseRetention(value: string): number | undefined {
  if (/^\d+$/.test(value)) return Number(value) * 3600;
  if (!/^(\d+(\.\d+)?(h|m|s|ms))+$/.test(value)) return undefined;
  const unitS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) total += Number(amount) * unitS[unit!]!;
  return total;
}

function formatRetention(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600}h` : `${Math.round(seconds / 60)}m`;
}

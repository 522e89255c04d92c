import { formatCount, formatRate, formatSeconds } from '../run/index.ts';
import type { Evidence, Recommendation } from '../run/index.ts';
import type { Case } from './evidence.ts';

/** snapshot-count: how many entries the log may hold, in memory too, before a snapshot lets the old ones go. */
export function snapshotCount({ run, thresholds }: Case): Recommendation {
  const current = run.target.settings?.snapshotCount ?? null;
  const wanted = thresholds.snapshotCount.value;
  const head = {
    setting: 'snapshot-count',
    flag: '--snapshot-count',
    unit: 'entries',
    current,
    source: thresholds.snapshotCount.source,
  };
  const writesPerS = run.total.ratePerS;
  const because: Evidence[] = [];
  if (writesPerS > 0) {
    because.push({
      text: `Were all of this run’s ${formatRate(writesPerS)} writes, ${formatCount(wanted)} entries would last ${formatSeconds(wanted / writesPerS)}`,
      metric: 'total.ratePerS',
      value: writesPerS,
      unit: '/s',
    });
  }
  if (current === null) {
    return {
      ...head,
      answer: 'cannot tell',
      recommended: null,
      because: [{ text: 'etcd does not tell its present value over the API' }],
      settle: 'Look at the members’ command line; etcd 3.6 has 10,000 by default, older ones 100,000',
    };
  }
  if (current > wanted && writesPerS > 0 && wanted / writesPerS < thresholds.snapshotIntervalMin.value) {
    because.push({
      text: `A snapshot more often than every ${formatSeconds(thresholds.snapshotIntervalMin.value)} is work without gain`,
    });
    return { ...head, answer: 'keep', recommended: current, because };
  }
  if (current <= wanted)
    return {
      ...head,
      answer: 'keep',
      recommended: current,
      because: [...because, { text: 'The log in memory is short already' }],
    };
  because.push({ text: `Up to ${formatCount(current)} entries are held in memory between snapshots` });
  return { ...head, answer: 'change', recommended: wanted, because };
}

import {
  figureAt,
  formatCount,
  formatMs,
  formatQuantity,
  formatShare,
  isMeasured,
  wrongAnswers,
} from '../run/index.ts';
import type { Probe, Run, Threshold, Verdict } from '../run/index.ts';
import { DEFAULT_CRITERIA } from './criteria.ts';
import type { Criteria } from './criteria.ts';

/** One question that was asked of the Run, and its answer. */
export interface Reason {
  /** A place in the Run, such as `disk.walFsyncMs.p99`. */
  readonly metric: string;
  readonly verdict: Verdict;
  readonly text: string;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence that says it all. */
  readonly headline: string;
  /** What decided first, then the rest; never empty. */
  readonly reasons: readonly Reason[];
}

const ORDER: readonly Verdict[] = ['fail', 'inconclusive', 'pass'];

/**
 * Pass, fail or 'cannot tell' for a Run by itself. A wrong server and a disk past its budget fail whatever else was
 * seen; a load figure fails only where the generator and the length of the run can carry that.
 */
export function judge(run: Run, criteria: Criteria = DEFAULT_CRITERIA): Judgement {
  const reasons = [...audit(run), ...disk(run.disk), ...completeness(run), ...load(run, criteria)];
  if (reasons.length === 0) {
    reasons.push({ metric: 'total.scheduled', verdict: 'inconclusive', text: 'Nothing was measured.' });
  }
  const sorted = ORDER.flatMap((verdict) => reasons.filter((reason) => reason.verdict === verdict));
  const verdict = sorted[0]?.verdict ?? 'inconclusive';
  return { verdict, headline: headline(verdict, sorted, run), reasons: sorted };
}

function audit(run: Run): Reason[] {
  if (run.audit === undefined) return [];
  const [first] = wrongAnswers(run.audit);
  const text =
    first === undefined
      ? `The final audit found all ${formatCount(run.audit.acknowledgedWrites)} acknowledged writes, each once.`
      : `The target answered wrongly: ${first}.`;
  return [{ metric: 'audit', verdict: first === undefined ? 'pass' : 'fail', text: text.replace(/\.+$/, '.') }];
}

function disk(probe: Probe | undefined): Reason[] {
  if (probe === undefined) return [];
  const metric = 'disk.walFsyncMs.p99';
  if (!isMeasured(probe.walFsyncMs))
    return [{ metric, verdict: 'inconclusive', text: 'The disk probe has no samples.' }];
  const against = probe.budgetMs === undefined ? '' : ` against a budget of ${formatMs(probe.budgetMs)}`;
  const measured = `fdatasync p99 on ${probe.path} is ${formatMs(probe.walFsyncMs.p99)}${against} (${probe.band})`;
  const text = {
    pass: `The disk is fast enough: ${measured}.`,
    fail: `The disk is too slow: ${measured}.`,
    inconclusive: `The disk cannot be judged yet: ${measured}.`,
  }[probe.verdict];
  return [{ metric, verdict: probe.verdict, text }];
}

function load(run: Run, criteria: Criteria): Reason[] {
  if (run.total.scheduled === 0) return [];
  const thresholds = run.profile.thresholds ?? [];
  const named = new Set(thresholds.map(({ metric }) => metric));
  const defaults: Threshold[] = [
    { metric: 'total.completedShare', comparison: '>=', value: criteria.completedShareMin },
    { metric: 'total.errorShare', comparison: '<=', value: criteria.errorShareMax },
  ];
  const judged = [...thresholds, ...defaults.filter(({ metric }) => !named.has(metric))].map((threshold) =>
    judgeThreshold(run, threshold),
  );
  if (!run.generator.saturated) return judged;
  const excuse: Reason = {
    metric: 'generator.saturated',
    verdict: 'inconclusive',
    text: 'The load generator was the limit, so the load figures are its own and not the target’s.',
  };
  return [excuse, ...judged.map((reason) => ({ ...reason, verdict: soften(reason.verdict) }))];
}

/** What a generator-bound run can say: nothing against the target. */
function soften(verdict: Verdict): Verdict {
  return verdict === 'fail' ? 'inconclusive' : verdict;
}

function judgeThreshold(run: Run, { metric, comparison, value, unit }: Threshold): Reason {
  const measured = figureAt(run, metric);
  const share = metric.endsWith('Share');
  const inUnit = unit ?? (/Ms\.[a-zA-Z0-9]+$/.test(metric) ? 'ms' : undefined);
  const format = (figure: number): string => (share ? formatShare(figure) : formatQuantity(figure, inUnit));
  const demand = `${DEMAND[comparison]} ${format(value)} demanded`;
  const name = metricName(metric);
  if (measured === undefined) return { metric, verdict: 'inconclusive', text: `${name}: not measured (${demand}).` };
  const verdict = compare(measured, comparison, value) ? 'pass' : 'fail';
  return { metric, verdict, text: `${name}: ${format(measured)} (${demand}).` };
}

const DEMAND: Readonly<Record<Threshold['comparison'], string>> = {
  '<': 'under',
  '<=': 'at most',
  '>': 'over',
  '>=': 'at least',
  '=': 'exactly',
};

/** A place in the Run in words; one without words is named as it stands. */
function metricName(path: string): string {
  const figure = Object.keys(FIGURE_NAMES).find((each) => path.endsWith(`.${each}`));
  if (figure === undefined) return path;
  const scope = path.slice(0, -figure.length - 1);
  if (scope === 'total') return FIGURE_NAMES[figure]!;
  return scope.startsWith('operations.') ? `${FIGURE_NAMES[figure]!} of ${scope.slice('operations.'.length)}` : path;
}

const FIGURE_NAMES: Readonly<Record<string, string>> = {
  completedShare: 'Requests completed of those scheduled',
  errorShare: 'Requests that ended in an error',
  errors: 'Errors',
  skipped: 'Requests due but never sent',
  ratePerS: 'Throughput',
  'responseMs.p50': 'Response time p50',
  'responseMs.p90': 'Response time p90',
  'responseMs.p99': 'Response time p99',
  'responseMs.p999': 'Response time p99.9',
  'responseMs.max': 'Longest response time',
  'responseMs.stdDev': 'Standard deviation of the response time',
  'serviceMs.p50': 'Service time p50',
  'serviceMs.p90': 'Service time p90',
  'serviceMs.p99': 'Service time p99',
  'serviceMs.p999': 'Service time p99.9',
  'serviceMs.max': 'Longest service time',
  'serviceMs.stdDev': 'Standard deviation of the service time',
};

function compare(measured: number, comparison: Threshold['comparison'], limit: number): boolean {
  switch (comparison) {
    case '<':
      return measured < limit;
    case '<=':
      return measured <= limit;
    case '>':
      return measured > limit;
    case '>=':
      return measured >= limit;
    case '=':
      return measured === limit;
  }
}

function completeness(run: Run): Reason[] {
  if (!run.partial) return [];
  const told = run.warnings?.find(({ code }) => code === 'cut-short')?.text ?? 'the run was cut short';
  const text = `${told[0]!.toUpperCase()}${told.slice(1)}; what it has is kept.`;
  return [{ metric: 'partial', verdict: 'inconclusive', text }];
}

function headline(verdict: Verdict, reasons: readonly Reason[], run: Run): string {
  const decisive = reasons.find((reason) => reason.verdict === verdict);
  if (verdict !== 'pass') return decisive?.text ?? 'Nothing was measured.';
  if (run.disk === undefined) return `The target held ${run.profile.name}.`;
  if (run.total.scheduled === 0) return 'The disk is fast enough for etcd.';
  return `The disk is fast enough for etcd, and the target held ${run.profile.name}.`;
}

import type { Random } from '../../base/random.ts';
import { UsageError } from '../../base/errors.ts';
import { figureAt, formatNumber, formatShare, wrongAnswers } from '../run/index.ts';
import type { Run, Verdict } from '../run/index.ts';
import { MIN_PAIRS, comparePaired, judgeTogether, noiseFloor } from '../stats/index.ts';
import type { PairedComparison, PairedSlice } from '../stats/index.ts';

/** A figure that a candidate may not make worse. */
export interface GateMetric {
  /** A place in the Run, as `figureAt` takes it. */
  readonly metric: string;
  readonly better: 'lower' | 'higher';
  /** The smallest relative change that matters: 0.05 is 5 %. */
  readonly minimumEffect: number;
}

/** A slice of each, measured next to each other on one machine. */
export interface RunPair {
  readonly candidate: Run;
  readonly baseline: Run;
}

export interface GateOptions {
  readonly random: Random;
  readonly metrics?: readonly GateMetric[];
  /** Pairs of the baseline with itself: what identical code shows. A smaller effect than that is refused. */
  readonly identical?: readonly RunPair[];
  readonly alpha?: number;
}

export interface GateResult {
  readonly metric: string;
  readonly verdict: Verdict;
  readonly text: string;
  readonly comparison?: PairedComparison;
  /** The relative change that identical code showed, where it was measured. */
  readonly noiseFloor?: number;
}

export interface GateJudgement {
  readonly verdict: Verdict;
  readonly results: readonly GateResult[];
}

/**
 * Latency and throughput of the whole load. Five per cent: hosted runners scatter by 2.66 % (coefficient of variation), so
 * less would fire on noise; a gate on a quiet machine can ask for less.
 */
export const DEFAULT_GATE_METRICS: readonly GateMetric[] = [
  { metric: 'total.responseMs.p50', better: 'lower', minimumEffect: 0.05 },
  { metric: 'total.responseMs.p99', better: 'lower', minimumEffect: 0.1 },
  { metric: 'total.ratePerS', better: 'higher', minimumEffect: 0.05 },
];

/**
 * Candidate against baseline over interleaved pairs: fail where a figure is shown to be worse by more than its smallest
 * effect (Holm over the metrics), pass where every one is shown not to be, else inconclusive with what would tell.
 * Wrong answers of the candidate fail whatever its speed. Throws UsageError for no pairs or no metrics.
 */
export function compareRuns(pairs: readonly RunPair[], options: GateOptions): GateJudgement {
  const { metrics = DEFAULT_GATE_METRICS, alpha = 0.05 } = options;
  if (pairs.length === 0 || metrics.length === 0)
    throw new UsageError('a gate needs at least one pair of runs and one metric');
  const gauged = metrics.map((metric) => gauge(metric, pairs, options));
  const compared = gauged.flatMap(({ comparison }) => comparison ?? []);
  const together = judgeTogether(compared, alpha).each;
  const results = gauged.map((result) => {
    const place = result.comparison === undefined ? -1 : compared.indexOf(result.comparison);
    return describe({
      ...result,
      verdict: result.verdict === 'pass' ? (together[place] ?? 'inconclusive') : result.verdict,
    });
  });
  const all = [...wrongCandidates(pairs), ...results, ...unusable(pairs)];
  const worst = (['fail', 'inconclusive', 'pass'] as const).find((verdict) =>
    all.some((one) => one.verdict === verdict),
  );
  return { verdict: worst ?? 'inconclusive', results: all };
}

type Gauged = GateResult & { readonly rule: GateMetric };

/** One metric's comparison. Its verdict is 'pass' as long as nothing forbids one: the tests over all metrics decide. */
function gauge(rule: GateMetric, pairs: readonly RunPair[], options: GateOptions): Gauged {
  const { metric } = rule;
  const slices = slicesOf(metric, pairs);
  if (slices.length < 2) {
    const text = `${metric}: measured in ${slices.length} of ${pairs.length} pairs; ${MIN_PAIRS} are needed.`;
    return { rule, metric, verdict: 'inconclusive', text };
  }
  const settings = {
    ...rule,
    random: options.random.fork(),
    ...(options.alpha !== undefined && { alpha: options.alpha }),
  };
  const comparison = comparePaired(slices, settings);
  const same = slicesOf(metric, options.identical ?? []);
  if (same.length < 2) return { rule, metric, verdict: 'pass', text: '', comparison };
  const floor = noiseFloor(comparePaired(same, { ...settings, random: options.random.fork() }));
  return {
    rule,
    metric,
    verdict: rule.minimumEffect < floor ? 'inconclusive' : 'pass',
    text: '',
    comparison,
    noiseFloor: floor,
  };
}

/** Pairs in which both sides measured the figure; a ratio needs both above zero. */
function slicesOf(metric: string, pairs: readonly RunPair[]): PairedSlice[] {
  return pairs.flatMap((pair) => {
    const candidate = figureAt(pair.candidate, metric);
    const baseline = figureAt(pair.baseline, metric);
    return candidate !== undefined && baseline !== undefined && candidate > 0 && baseline > 0
      ? [{ candidate, baseline }]
      : [];
  });
}

function describe({ rule, ...result }: Gauged): GateResult {
  const { comparison, noiseFloor: floor, verdict, metric } = result;
  if (comparison === undefined) return result;
  const [low, high] = comparison.interval;
  const ratio = `${formatNumber(comparison.ratio)} × the baseline (${formatNumber(low)} to ${formatNumber(high)}, ${comparison.pairs} pairs)`;
  const effect = formatShare(rule.minimumEffect);
  const meaning = {
    fail: `worse by more than ${effect}`,
    pass: `not worse by more than ${effect}`,
    inconclusive: why(comparison, rule, floor),
  }[verdict];
  return { ...result, text: `${metric}: ${ratio}: ${meaning}.` };
}

function why(comparison: PairedComparison, { minimumEffect }: GateMetric, floor: number | undefined): string {
  if (floor !== undefined && minimumEffect < floor) {
    return `identical code already differs by ${formatShare(floor)} here, so ${formatShare(minimumEffect)} cannot be told`;
  }
  if (comparison.pairs < MIN_PAIRS) return `too few pairs to tell; ${MIN_PAIRS} are needed`;
  return 'too uncertain to tell; measure more pairs';
}

function wrongCandidates(pairs: readonly RunPair[]): GateResult[] {
  const wrong = pairs.flatMap(({ candidate }) => (candidate.audit === undefined ? [] : wrongAnswers(candidate.audit)));
  const [first] = wrong;
  return first === undefined
    ? []
    : [{ metric: 'audit', verdict: 'fail', text: `The candidate answered wrongly: ${first}` }];
}

/** Runs whose figures are not the target's. */
function unusable(pairs: readonly RunPair[]): GateResult[] {
  const runs = pairs.flatMap(({ candidate, baseline }) => [candidate, baseline]);
  const saturated = runs.filter((run) => run.generator.saturated).length;
  const partial = runs.filter((run) => run.partial).length;
  return [
    ...(saturated === 0
      ? []
      : [unusableResult('generator.saturated', saturated, runs.length, 'were limited by the load generator')]),
    ...(partial === 0 ? [] : [unusableResult('partial', partial, runs.length, 'were cut short')]),
  ];
}

function unusableResult(metric: string, count: number, of: number, what: string): GateResult {
  return { metric, verdict: 'inconclusive', text: `${count} of ${of} runs ${what}.` };
}

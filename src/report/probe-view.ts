/** A Probe as every rendering shows it: what was found in words and tables, for the page and for the terminal. */
import { formatCount, formatMs, formatRate, formatSeconds, formatShare, isMeasured } from '../core/run/index.ts';
import type { Latency, Probe, Verdict } from '../core/run/index.ts';
import { breakingNeighbours, isRecipe, judgedLatency, judgedName, RECIPES } from '../probe/index.ts';
import type { DataTable } from './charts/chart.ts';
import { ladderTable } from './charts/ladder.ts';
import { neighbourTable } from './charts/neighbours.ts';
import type { Tile } from './view.ts';
import { orDash } from './view.ts';
import { DEFAULT_THRESHOLDS } from '../core/advice/index.ts';

/** etcd's budget, for probes that kept none. */
const DEFAULT_BUDGET_MS = DEFAULT_THRESHOLDS.walFsyncHealthyP99.value;

export function budgetOf({ budgetMs = DEFAULT_BUDGET_MS }: Probe): number {
  return budgetMs;
}

/** The recipe in one sentence; undefined for figures that were measured elsewhere. */
export function recipeText({ recipe = 'wal' }: Probe): string | undefined {
  return isRecipe(recipe) ? `${recipe}: ${RECIPES[recipe]}` : undefined;
}

export function probeHeadline(probe: Probe): string {
  const latency = judgedLatency(probe);
  const limit = formatMs(budgetOf(probe));
  if (probe.maxRateWithinBudgetPerS !== undefined && probe.maxRateWithinBudgetPerS !== null) {
    const most = probe.maxRateWithinBudgetPerS;
    return most === 0
      ? `Not even ${formatRate(probe.ladder?.[0]?.ratePerS ?? 0)} of synced writes stay under ${limit}.`
      : `Up to ${formatRate(most)} of synced writes stay under ${limit}.`;
  }
  const what = `The p99 of the ${judgedName(probe)}, ${orDash(latency, 'p99')},`;
  if (probe.verdict === 'pass') return `${what} is surely under ${limit}.`;
  if (probe.verdict === 'fail') return `${what} is surely not under ${limit}.`;
  if (probe.secondsToDecide === undefined) return `${what} cannot be judged: see what the figures do not prove.`;
  return `${what} cannot be told from ${limit} yet.`;
}

/** What would settle an inconclusive verdict. */
export function probeSettle(probe: Probe): string | undefined {
  if (probe.verdict !== 'inconclusive') return undefined;
  if (probe.secondsToDecide === undefined) return 'Remove what the warnings name, then probe again.';
  if (probe.secondsToDecide === null) return 'The p99 lies on the budget: no probing will tell.';
  return `Probe for ${formatSeconds(probe.secondsToDecide)}: --duration ${Math.ceil(probe.secondsToDecide)}s`;
}

export interface Reason {
  readonly verdict: Verdict | 'warning';
  readonly text: string;
}

/** Why the verdict is what it is, the verdict's own reasons first. */
export function probeReasons(probe: Probe): Reason[] {
  const { p99IntervalMs, confidence, budget, verdict, band, effectiveSamples, sustained } = probe;
  const latency = judgedLatency(probe);
  const limit = formatMs(budgetOf(probe));
  const worth =
    effectiveSamples === undefined || effectiveSamples >= latency.count * 0.95
      ? ''
      : `, worth ${formatCount(effectiveSamples)} independent ones`;
  const bounds =
    p99IntervalMs === null
      ? 'has no upper bound yet'
      : `lies between ${formatMs(p99IntervalMs[0])} and ${formatMs(p99IntervalMs[1])} with ${formatShare(confidence)} confidence`;
  const reasons: Reason[] = [
    {
      verdict,
      text: `The true p99 ${bounds} (${formatCount(latency.count)} samples${worth}); it must be under ${limit}.`,
    },
  ];
  if (budget !== undefined)
    reasons.push({ verdict, text: `Budget “${budget.name}”: ${budget.source}. Band: ${band}.` });
  const breaking = breakingNeighbours(probe.phases ?? []);
  if (probe.phases !== undefined && breaking.length === 0 && verdict !== 'fail') {
    const areSure = probe.phases.every((phase) => phase.verdict === 'pass');
    const text = areSure
      ? 'The budget surely holds beside every neighbour that was tried.'
      : 'No neighbour that was tried surely breaks the budget, but not all surely keep it.';
    reasons.push({ verdict: areSure ? 'pass' : 'inconclusive', text });
  }
  if (sustained !== undefined)
    reasons.push(...sustainedTexts(probe).map((text) => ({ verdict: 'warning', text }) as const));
  return [...reasons, ...probe.warnings.map(({ text }) => ({ verdict: 'warning', text }) as const)];
}

/** What a sustained probe found, a sentence each. */
export function sustainedTexts({ sustained, durationS = 0 }: Probe): string[] {
  if (sustained === undefined) return [];
  const { burst, exhaustion, changes } = sustained;
  const texts: string[] = [];
  if (burst === null) texts.push(`No end of burst credits was seen within ${formatSeconds(durationS)}.`);
  else {
    texts.push(
      `Burst credits were gone after ${formatSeconds(burst.endedAtS)} at ${formatRate(burst.ratePerS)}; ${formatRate(burst.baselineRatePerS)} are left without them.`,
    );
  }
  if (exhaustion !== null) {
    const when = exhaustion.afterS === null ? 'never end' : `end after ${formatSeconds(exhaustion.afterS)}`;
    texts.push(`At ${formatRate(exhaustion.ratePerS)}, a full bucket of credits would ${when}.`);
  }
  const moves = changes.filter(({ atS, kind }) => kind === 'latency' || atS !== burst?.endedAtS);
  for (const { atS, kind, before, after } of moves.slice(0, MOST_MOVES)) {
    const figure = kind === 'rate' ? formatRate : formatMs;
    const what = kind === 'rate' ? 'The rate' : 'The median latency';
    texts.push(`${what} moved from ${figure(before)} to ${figure(after)} at ${formatSeconds(atS)}.`);
  }
  if (moves.length > MOST_MOVES) texts.push(`${moves.length - MOST_MOVES} more moves stand in the stored probe.`);
  return texts;
}

const MOST_MOVES = 6;

export function probeTiles(probe: Probe): Tile[] {
  const { verdict, band, p99IntervalMs, confidence, maxRateWithinBudgetPerS, durationS } = probe;
  const latency = judgedLatency(probe);
  if (!isMeasured(latency)) return [];
  const interval =
    p99IntervalMs === null
      ? 'no upper bound yet'
      : `${formatMs(p99IntervalMs[0])} – ${formatMs(p99IntervalMs[1])} (${formatShare(confidence)})`;
  const rate = durationS === undefined || durationS === 0 ? undefined : latency.count / durationS;
  return [
    { label: `${judgedName(probe)} p99`, value: formatMs(latency.p99), note: interval, verdict },
    { label: 'Median', value: formatMs(latency.p50), note: `${band} for etcd` },
    { label: 'p99.9', value: formatMs(latency.p999), note: restsOn(latency) },
    { label: 'Longest', value: formatMs(latency.max), note: `of ${formatCount(latency.count)} samples` },
    ...(maxRateWithinBudgetPerS === undefined || maxRateWithinBudgetPerS === null
      ? rate === undefined
        ? []
        : [{ label: 'Rate', value: formatRate(rate), note: `for ${formatSeconds(durationS!)}` }]
      : [{ label: 'Highest rate', value: formatRate(maxRateWithinBudgetPerS), note: 'within the budget' }]),
  ];
}

/** A far percentile is worth no more than the samples beyond it. */
function restsOn({ count }: Latency): string {
  const beyond = Math.floor(count / 1000);
  return beyond === 0 ? 'fewer than 1,000 samples' : `rests on ${formatCount(beyond)} of ${formatCount(count)}`;
}

/** Every latency that the probe kept. */
export function latencyTable(probe: Probe): DataTable {
  const { walFsyncMs, writeMs, segmentSwitchMs, backendCommitMs, fio } = probe;
  const kept: [string, Latency | undefined][] = [
    ['fdatasync', walFsyncMs],
    ['write before it', writeMs],
    ['change of segment', segmentSwitchMs],
    ['backend commit', backendCommitMs],
  ];
  const rows = kept.flatMap(([name, latency]) =>
    isMeasured(latency)
      ? [
          [
            name,
            formatCount(latency.count),
            ...(['p50', 'p90', 'p99', 'p999', 'max'] as const).map((figure) => orDash(latency, figure)),
          ],
        ]
      : [],
  );
  if (fio !== undefined && probe.recipe !== 'fio') {
    const { version, samples, p50Ms, p99Ms, p999Ms } = fio;
    rows.push([version, formatCount(samples), formatMs(p50Ms), '–', formatMs(p99Ms), formatMs(p999Ms), '–']);
  }
  return {
    columns: ['Time of', 'Samples', 'p50', 'p90', 'p99', 'p99.9', 'Longest'],
    rows,
    note: `A p99.9 rests on one sample in a thousand: ${restsOn(judgedLatency(probe))}.`,
  };
}

/** Tables that only some recipes give, each with its title. */
export function recipeTables({ ladder, phases }: Probe): { readonly title: string; readonly table: DataTable }[] {
  return [
    ...(ladder === undefined ? [] : [{ title: 'Rates tried', table: ladderTable(ladder) }]),
    ...(phases === undefined ? [] : [{ title: 'Beside its neighbours', table: neighbourTable(phases) }]),
  ];
}

/** One row a peer. */
export function peerTable(probe: Probe): DataTable | undefined {
  const { peers = [] } = probe;
  if (peers.length === 0) return undefined;
  const figures = (latency: Latency): string[] => [
    formatCount(latency.count),
    orDash(latency, 'mean'),
    orDash(latency, 'p99'),
  ];
  return {
    columns: ['Peer', 'Connects', 'Mean', 'p99', 'Requests', 'Mean', 'p99'],
    rows: peers.map(({ address, connectMs, requestMs }) => [address, ...figures(connectMs), ...figures(requestMs)]),
    note: 'A connect is one round trip of the network alone; a request is one with the peer’s answer.',
  };
}

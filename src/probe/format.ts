/** A Probe in one line, several in one table: pure, for whoever prints. */
import { isMeasured, type Latency, type Probe } from '../core/run/index.ts';
import { judgedRung } from './recipes/ladder.ts';

/** The verdict in one line: `PASS  /var/lib/etcd  healthy: WAL fsync p99 0.21 ms …`. */
export function verdictLine(probe: Probe): string {
  const { volume, budget, budgetMs, recipe, maxRateWithinBudgetPerS } = probe;
  const latency = judgedLatency(probe);
  const limit =
    budgetMs === undefined ? '' : `, budget ${formatMs(budgetMs)}${budget === undefined ? '' : ` (${budget.name})`}`;
  const parts = [
    `${probe.verdict.toUpperCase()}  ${probe.path}  ${probe.band}: ${judgedName(probe)} p99 ${formatMs(latency.p99)} (${formatInterval(probe)}, ${latency.count.toLocaleString('en')} samples)${limit}`,
    `${volume.device ?? 'no device'}, ${volume.filesystem ?? 'unknown filesystem'}, ${volume.class ?? 'unknown class'}`,
    ...(recipe === undefined || recipe === 'wal' ? [] : [`recipe ${recipe}`]),
    ...(maxRateWithinBudgetPerS === undefined
      ? []
      : [`highest rate within the budget ${maxRateWithinBudgetPerS ?? 0}/s`]),
    ...(probe.partial === true ? ['cut short'] : []),
    ...settle(probe),
  ];
  return parts.join('; ');
}

/** What would settle an inconclusive verdict. */
function settle(probe: Probe): string[] {
  if (probe.verdict !== 'inconclusive') return [];
  if (probe.secondsToDecide === undefined) return ['the warnings leave no verdict'];
  if (probe.secondsToDecide === null) return ['the p99 lies on the budget: no probing will tell'];
  return [`--duration ${probe.secondsToDecide}s would settle it`];
}

/** The volumes ranked, best first: verdict, then p99. */
export function ranked(probes: readonly Probe[]): Probe[] {
  const order = { pass: 0, inconclusive: 1, fail: 2 };
  const p99 = (probe: Probe): number => judgedLatency(probe).p99 ?? Infinity;
  return [...probes].sort((a, b) => order[a.verdict] - order[b.verdict] || p99(a) - p99(b));
}

/** Titles, then one row a volume, ranked. */
export function probeRows(probes: readonly Probe[]): string[][] {
  const head = ['path', 'verdict', 'band', 'p50', 'p99', '95 % interval', 'p99.9', 'max', 'samples', 'device', 'class'];
  const rows = ranked(probes).map((probe) => {
    const latency = judgedLatency(probe);
    return [
      probe.path,
      probe.verdict,
      probe.band,
      formatMs(latency.p50),
      formatMs(latency.p99),
      probe.p99IntervalMs === null ? 'unbounded' : probe.p99IntervalMs.map((bound) => bound.toFixed(2)).join('–'),
      formatMs(latency.p999),
      formatMs(latency.max),
      latency.count.toLocaleString('en'),
      probe.volume.device ?? '-',
      probe.volume.class ?? '-',
    ];
  });
  head[5] = `${((probes[0]?.confidence ?? 0.95) * 100).toFixed(0)} % interval`;
  return [head, ...rows];
}

/** The same in columns of plain text. */
export function probeTable(probes: readonly Probe[]): string {
  const rows = probeRows(probes);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The latency that the verdict is about: of a ladder, the response time of the rung that `judgedRung` names. */
export function judgedLatency({ walFsyncMs, backendCommitMs, ladder = [] }: Probe): Latency {
  const rung = judgedRung(ladder);
  if (rung !== undefined) return rung.responseMs;
  return !isMeasured(walFsyncMs) && backendCommitMs !== undefined ? backendCommitMs : walFsyncMs;
}

/** What that latency is of. */
export function judgedName(probe: Probe): string {
  const rung = judgedRung(probe.ladder ?? []);
  if (rung !== undefined) return `response at ${rung.ratePerS}/s`;
  return judgedLatency(probe) === probe.backendCommitMs ? 'backend commit' : 'WAL fsync';
}

function formatInterval({ p99IntervalMs, confidence }: Probe): string {
  if (p99IntervalMs === null) return 'no upper bound yet';
  const [low, high] = p99IntervalMs;
  return `${(confidence * 100).toFixed(0)} % interval ${digits(low)}–${digits(high)} ms`;
}

function formatMs(value: number | null): string {
  return value === null ? '-' : `${digits(value)} ms`;
}

/** Three significant digits, never an exponent. */
function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

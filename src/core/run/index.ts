/**
 * The Run and the Probe: what a measurement leaves behind, whole. A report, a gate and every piece of advice are derived
 * from these documents and nothing else, so an old Run can be reported on again without measuring.
 *
 * Write with `serializeRun` (it validates, and gives the same bytes for the same Run), read with `parseRun`. A reader
 * refuses a newer version by name, lifts an older one through `migrate.ts`, and refuses unknown keys of its own
 * version by name. Times are UTC, durations carry their unit in their name, `t` counts seconds from the start.
 */
export { wrongAnswers } from './audit.ts';
export type { Audit } from './audit.ts';
export { emptyLatency, isMeasured, LatencySchema } from './latency.ts';
export type { Latency, MeasuredLatency } from './latency.ts';
export type { Environment } from './environment.ts';
export { PROBE_SCHEMA_VERSION, ProbeSchema } from './probe.ts';
export type { Band, Probe, Volume, Warning } from './probe.ts';
export type { Verdict } from './verdict.ts';
export { SEVERITIES } from './finding.ts';
export type { Bottleneck, Evidence, Finding, Recommendation } from './finding.ts';
export type { Settings, Target } from './target.ts';
export type { OperationStats, Operations, SeriesPoint } from './operations.ts';
export {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatQuantity,
  formatRate,
  formatSeconds,
  formatShare,
} from './figures.ts';
export { figureAt } from './metric.ts';
export { parseProbe, parseRun, serializeProbe, serializeRun } from './parse.ts';
export { RUN_SCHEMA_VERSION, RunSchema } from './run.ts';
export type {
  Facts,
  GeneratorStats,
  Knee,
  MemberSample,
  PeerRtt,
  Phase,
  ProfileInfo,
  Run,
  RunEvent,
  ServerStats,
  Threshold,
} from './run.ts';

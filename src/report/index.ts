/**
 * Reports: everything a person or a CI system reads, derived from stored Runs. Nothing here measures, and the same Run
 * gives the same bytes.
 *
 * `writeRunDirectory(run, { root })` stores a Run with all its renderings, `loadRun(path)` reads one back, `renderReport`
 * makes the page, `renderSummary`, `renderJUnit`, `renderOpenMetrics` and `renderIntervalLog` the files for machines and
 * step summaries, `renderRunText` and `Progress` what a terminal shows.
 */
export { renderProbeReport } from './html/probe-page.ts';
export { renderReport } from './html/page.ts';
export type { ReportOptions } from './html/page.ts';
export { loadRun, loadStored, newRunFolder, prepareRunRoot, writeRunDirectory } from './run-directory.ts';
export type { RunDirectoryOptions, RunPaths } from './run-directory.ts';
export { Progress } from './terminal/progress.ts';
export type { ProgressOptions, ProgressState, ProgressStream } from './terminal/progress.ts';
export { renderProbeText } from './terminal/probe-text.ts';
export { renderRunText, renderVerdictLine } from './terminal/run-text.ts';
export type { TextOptions } from './terminal/run-text.ts';
export { renderIntervalLog } from './text/interval-log.ts';
export { renderJUnit } from './text/junit.ts';
export { renderSummary } from './text/markdown.ts';
export { renderOpenMetrics } from './text/open-metrics.ts';
export { renderGateJUnit, renderGateSummary } from './text/gate.ts';

import { isMeasured } from '../../core/run/index.ts';
import type { Latency, Run } from '../../core/run/index.ts';

/**
 * The Run as an HdrHistogram interval log (version 1.3), for HistogramLogAnalyzer and its kind. Untagged lines are the
 * response times second by second; tagged lines are whole-run distributions: each class of request, and the disk.
 * Histograms hold microseconds, the column of maxima milliseconds.
 */
export function renderIntervalLog(run: Run): string {
  const startS = (Date.parse(run.startedAt) / 1000).toFixed(3);
  const whole: [string, Latency | undefined][] = [
    ...Object.entries(run.operations).map(([name, stats]): [string, Latency] => [name, stats.responseMs]),
    ['walFsync', run.disk?.walFsyncMs],
  ];
  return [
    '#[etcdmark response times: histograms in microseconds, maxima in milliseconds]',
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${startS} (seconds since epoch), ${run.startedAt}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...run.series.flatMap((point) => line(undefined, point.t, 1, point.responseMs)),
    ...whole.flatMap(([tag, latency]) => line(tag, 0, run.durationS, latency)),
    '',
  ].join('\n');
}

function line(tag: string | undefined, startS: number, lengthS: number, latency: Latency | undefined): string[] {
  if (!isMeasured(latency) || latency.hdr === null) return [];
  // A tag ends at the first comma or space.
  const prefix = tag === undefined ? '' : `Tag=${tag.replaceAll(/[^\w.:-]/g, '_')},`;
  return [`${prefix}${startS.toFixed(3)},${lengthS.toFixed(3)},${latency.max.toFixed(3)},${latency.hdr}`];
}

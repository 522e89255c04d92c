import { HistogramLogReader } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import {
  renderIntervalLog,
  renderJUnit,
  renderOpenMetrics,
  renderReport,
  renderRunText,
  renderSummary,
} from '../../src/report/index.ts';
import { expectGolden } from '../support/golden.ts';
import { buildRun } from '../support/run-builder.ts';

const healthy = buildRun({ durationS: 12 });
const slow = buildRun({
  durationS: 12,
  seed: 7,
  kind: 'etcd',
  name: 'ci-200-jobs',
  fsyncMedianMs: 30,
  fsyncSigma: 0.6,
  events: [
    { t: 4, kind: 'leader-change', member: 'm2', text: 'm2 leads in term 4' },
    { t: 9, kind: 'slow-fsync', member: 'm1', durationMs: 1400, text: 'fdatasync took 1.4 s' },
  ],
  changes: { verdict: 'fail' },
});

/** The style sheet is looked at, not compared. */
function withoutStyle(page: string): string {
  return page.replace(/<style>[^]*?<\/style>/, '<style></style>').replace(/'sha256-[^']*'/, "'sha256'");
}

describe('what a Run is rendered to', () => {
  it.each([
    ['healthy', healthy],
    ['slow', slow],
  ])('is the recorded one for a %s run', async (name, run) => {
    expectGolden(`report/${name}.html`, withoutStyle(await renderReport([run])));
    expectGolden(`report/${name}.md`, renderSummary(run));
    expectGolden(`report/${name}.xml`, renderJUnit(run));
    expectGolden(`report/${name}.prom`, renderOpenMetrics(run));
    expectGolden(`report/${name}.txt`, renderRunText(run, { color: false, width: 100 }));
    // The compressed bytes of a histogram differ between versions of zlib.
    expectGolden(`report/${name}.hlog`, renderIntervalLog(run).replaceAll(/,HISTFAA\S+$/gm, ',HISTOGRAM'));
  });

  it('is the recorded one for two runs beside each other', async () => {
    const page = await renderReport([healthy, slow]);
    expectGolden('report/comparison.html', page.slice(page.indexOf('<body'), page.indexOf('<div class="run"')));
  });

  it('is the same bytes again, whatever was rendered in between', async () => {
    const first = await renderReport([slow]);
    await renderReport([healthy]);
    expect(await renderReport([slow])).toBe(first);
  });
});

describe('the interval log', () => {
  it('is read by the library it is meant for, one untagged interval a second', () => {
    const reader = new HistogramLogReader(renderIntervalLog(healthy));
    let intervals = 0;
    let samples = 0;
    const tags = new Set<string>();
    for (let next = reader.nextIntervalHistogram(); next; next = reader.nextIntervalHistogram()) {
      if (next.tag === 'NO TAG') {
        intervals++;
        samples += next.totalCount;
      } else tags.add(next.tag);
    }
    expect(intervals).toBe(12);
    expect(samples).toBe(healthy.total.completed);
    expect([...tags].sort()).toEqual(['create', 'get', 'list', 'update', 'walFsync']);
  });
});

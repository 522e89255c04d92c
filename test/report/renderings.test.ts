import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/core/run/index.ts';
import {
  renderGateJUnit,
  renderGateSummary,
  renderReport,
  renderRunText,
  renderSummary,
  renderVerdictLine,
} from '../../src/report/index.ts';
import { html } from '../../src/report/html/html.ts';
import type { Html } from '../../src/report/html/html.ts';
import { buildRun } from '../support/run-builder.ts';

const run = buildRun({ durationS: 2 });

describe('html', () => {
  it('escapes what is interpolated and nothing else', () => {
    const item = (text: string): Html => html`<i title="${text}">${text}</i>`;
    expect(html`<b>${['a&b', '"<'].map(item)}</b>`.markup).toBe(
      '<b><i title="a&amp;b">a&amp;b</i><i title="&quot;&lt;">&quot;&lt;</i></b>',
    );
  });

  it('leaves out what is not there, and keeps zero', () => {
    expect(html`${null}${undefined}${false}${0}${''}`.markup).toBe('0');
  });
});

describe('every rendering of a Run', () => {
  const texts = async (given: Run): Promise<string[]> => [
    await renderReport([given]),
    renderSummary(given),
    renderRunText(given, { color: false, width: 1000 }),
  ];

  it('says that the bundled cluster is not etcd', async () => {
    for (const text of await texts(run)) expect(text).toMatch(/bundled cluster \(not etcd\)/);
    for (const text of await texts(buildRun({ durationS: 2, kind: 'etcd' }))) expect(text).not.toMatch(/not etcd/);
  });

  it('tells the knee that was searched', async () => {
    const knee = { slo: 'p99<50ms', maxRatePerS: 1_000, intervalPerS: [1_000, 1_200] as [number, number], points: [] };
    for (const text of await texts({ ...run, knee })) {
      expect(text).toContain('1,000/s');
      expect(text).toMatch(/holds p99(<|&lt;|\\<)50ms, not at 1,200\/s/);
    }
  });

  it('tells the Run’s own warnings', async () => {
    const warned = { ...run, warnings: [{ code: 'no-audit', text: 'the final audit was not answered' }] };
    for (const text of await texts(warned)) expect(text).toContain('the final audit was not answered');
  });

  it('names what would settle heartbeat advice', async () => {
    for (const text of await texts(run)) expect(text).toContain('--peer-rtt-ms MS');
  });

  it('keeps the verdict and the advice that were given when it was measured', async () => {
    const kept: Run = {
      ...run,
      verdict: 'inconclusive',
      findings: [
        { code: 'x', severity: 'info', title: 'An old finding', text: 'As it was', because: [], source: 'then' },
      ],
    };
    for (const text of await texts(kept)) {
      expect(text).toContain('Judged as inconclusive when it was measured.');
      expect(text).toContain('An old finding');
      expect(text).not.toContain('heartbeat-interval');
    }
  });
});

describe('renderReport', () => {
  it('forbids everything but its own style', async () => {
    const page = await renderReport([run]);
    expect(page).toMatch(/default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='/);
    expect(page).not.toMatch(/ style="/);
  });

  it('needs a run', async () => {
    await expect(renderReport([])).rejects.toThrow(/at least one run/);
  });

  it('sets figures of one profile against each other, and not of several', async () => {
    const other = buildRun({ durationS: 2, seed: 3, name: 'event-flood' });
    expect(await renderReport([run, buildRun({ durationS: 2, seed: 3 })])).toMatch(/\(× [\d.]+\)/);
    const mixed = await renderReport([run, other]);
    expect(mixed).not.toMatch(/\(× [\d.]+\)/);
    expect(mixed).toContain('different profiles');
  });

  it('gives the worst verdict of several runs', async () => {
    const slow = buildRun({ durationS: 2, fsyncMedianMs: 30, changes: { verdict: 'fail' } });
    expect(await renderReport([run, run])).toMatch(/<h1>All 2 runs passed\.<\/h1>/);
    expect(await renderReport([run, slow])).toMatch(/<h1>1 of 2 runs failed\. The disk is too slow/);
  });

  it('shows a run that drove no load', async () => {
    const { scheduled: _scheduled, ...rest } = run.total;
    const page = await renderReport([{ ...run, operations: {}, series: [], total: { ...rest, scheduled: 0 } }]);
    expect(page).toContain('The disk is fast enough for etcd.');
    expect(page).not.toContain('Throughput over time');
  });
});

describe('the terminal', () => {
  it('gets escape sequences only where colour is wanted', () => {
    expect(renderRunText(run, { color: false, width: 80 })).not.toContain('\u001b');
    expect(renderRunText(run, { color: true, width: 80 })).toContain('\u001b[32m');
  });

  it.each([60, 80, 100])('is not overrun at %d columns', (width) => {
    for (const line of renderRunText(run, { color: false, width }).split('\n')) {
      if (!line.includes('p99.9')) expect(line.length, line).toBeLessThanOrEqual(width);
    }
  });

  it('gets the verdict in one line', () => {
    expect(renderVerdictLine(run, { color: false, width: 80 })).toMatch(/^✓ PASS {2}The disk is fast enough.*\n$/);
  });
});

describe('a gate', () => {
  const judgement = {
    verdict: 'fail',
    results: [
      { metric: 'total.responseMs.p99', verdict: 'fail', text: 'worse by more than 10% <b>' },
      { metric: 'total.ratePerS', verdict: 'inconclusive', text: 'too few pairs' },
      { metric: 'total.responseMs.p50', verdict: 'pass', text: 'not worse' },
    ],
  } as const;

  it('is told in a step summary', () => {
    expect(renderGateSummary(judgement).split('\n')).toEqual([
      '## ✗ Fail: candidate against baseline',
      '',
      '- ✗ worse by more than 10% &lt;b&gt;',
      '- ? too few pairs',
      '- ✓ not worse',
      '',
    ]);
  });

  it('is a test suite with a case for each metric', () => {
    const xml = renderGateJUnit(judgement);
    expect(xml).toContain('tests="3" failures="1" skipped="1"');
    expect(xml).toContain('<failure message="worse by more than 10% &#60;b&#62;"/>');
    expect(xml).toContain('<skipped message="too few pairs"/>');
  });
});

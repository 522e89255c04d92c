import { describe, expect, it } from 'vitest';
import type { Probe } from '../../src/core/run/index.ts';
import { renderProbeReport, renderProbeText } from '../../src/report/index.ts';
import { stretchesOf } from '../../src/report/charts/probe-series.ts';
import { sustainedTexts } from '../../src/report/probe-view.ts';
import { ladder, second, sustained, together, wal } from '../support/probes.ts';
import { buildProbe } from '../support/run-builder.ts';

const figureIds = (page: string): string[] =>
  [...page.matchAll(/<figure class="chart" id="([^"]+)"/g)].map((m) => m[1]!);

describe('the page about a probe', () => {
  it.each([
    ['wal', wal, ['fsync', 'series', 'disk-percentiles'], ['change of WAL segment', 'what etcd does']],
    ['ladder', ladder, ['ladder', 'fsync'], ['200/s held', 'Up to 200/s of synced writes stay under 10 ms']],
    ['together', together, ['neighbours', 'fsync'], ['with image-pull', 'surely beyond it']],
    [
      'sustained',
      sustained,
      ['fsync', 'series', 'rate'],
      ['burst credits gone', 'Burst credits were gone after 3 min'],
    ],
  ] as const)(
    'of the recipe %s shows its own charts, legible without colour and script',
    async (_, probe, ids, texts) => {
      const page = await renderProbeReport([probe]);
      for (const id of ids) expect(figureIds(page)).toContain(id);
      for (const text of texts) expect(page).toContain(text);
      expect(page).not.toContain('<script');
      expect(page.match(/<svg/g)?.length).toBeGreaterThanOrEqual(2 * ids.length);
      // Every chart stands beside its figures.
      expect(page.match(/as a table<\/summary>/g)).toHaveLength(figureIds(page).length);
    },
  );

  it('is the same bytes again', async () => {
    expect(await renderProbeReport([ladder])).toBe(await renderProbeReport([ladder]));
  });

  it('ranks several volumes, best first, and links to each', async () => {
    const bad = buildProbe({ medianMs: 30, changes: { path: '/mnt/bad', verdict: 'fail', band: 'degraded' } });
    const page = await renderProbeReport([bad, wal]);
    expect(page).toContain('1 of 2 volumes passed.');
    expect(page.indexOf(`<b>${wal.path}</b>`)).toBeLessThan(page.indexOf('<b>/mnt/bad</b>'));
    expect(page).toContain('href="#p2-top"');
    expect(page).toContain('id="p2-top"');
    const ids = figureIds(page);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('shows the newest of one volume’s probes in full and the others as its history', async () => {
    const day = (i: number) =>
      buildProbe({ medianMs: i < 5 ? 1 : 5, changes: { startedAt: `2026-03-${10 + i}T00:00:00.000Z` } });
    const page = await renderProbeReport([3, 1, 0, 2, 9, 4, 5, 6, 7, 8].map(day));
    expect(page.match(/<h1/g)).toHaveLength(1);
    expect(page).toContain('19 March 2026');
    expect(figureIds(page)).toContain('history-1');
    expect(page).toContain('p99 from');
  });

  it('escapes what the volume is called', async () => {
    const hostile = buildProbe({ changes: { path: '/<script>alert(1)</script>' } });
    expect(await renderProbeReport([hostile, wal])).not.toContain('<script');
  });

  it('needs a probe', async () => {
    await expect(renderProbeReport([])).rejects.toThrow('at least one probe');
  });
});

describe('the text about a probe', () => {
  const text = (probe: Probe) => renderProbeText([probe], { color: false, width: 100 });

  it('has the recipe, every latency with the samples of its p99.9, and the warnings', () => {
    const shown = text({ ...wal, warnings: [{ code: 'swap', text: 'Swap is on.' }] });
    expect(shown).toContain('wal: what etcd does');
    expect(shown).toMatch(/fdatasync +[\d,]+/);
    expect(shown).toContain('! Swap is on.');
  });

  it('has the rungs of a ladder, the neighbours, and what a sustained probe found', () => {
    expect(text(ladder)).toMatch(/400\/s +400\/s .* no\n/);
    expect(text(ladder).split('\n')[0]).toContain('response at 100/s');
    expect(text(together)).toMatch(/with image-pull .* fail\n/);
    expect(text(sustained)).toContain('At 300/s, a full bucket of credits would end after 12 min.');
  });

  it('lets no name move the cursor', () => {
    expect(text(buildProbe({ changes: { path: '/a\u001b[2J' } }))).not.toContain('\u001b');
  });
});

describe('what a sustained probe found', () => {
  it('says so where no credits ended, and where they never would', () => {
    const none = buildProbe({ changes: { durationS: 60, sustained: { changes: [], burst: null, exhaustion: null } } });
    expect(sustainedTexts(none)).toEqual(['No end of burst credits was seen within 60 s.']);
    const slow = { ...sustained.sustained!, exhaustion: { ratePerS: 100, afterS: null } };
    expect(sustainedTexts({ ...sustained, sustained: slow }).join()).toContain('would never end');
  });
});

describe('stretches of a series', () => {
  it('keep every sample, every segment change, and the worst p99', () => {
    const seconds = Array.from({ length: 1000 }, (_, t) => ({ ...second(t, 1 + (t % 7)), switches: 1 }));
    const stretches = stretchesOf(seconds, 30);
    expect(stretches.length).toBeLessThanOrEqual(30);
    expect(stretches.reduce((sum, one) => sum + one.countPerS * one.spanS, 0)).toBeCloseTo(100_000);
    expect(stretches.reduce((sum, one) => sum + one.switches, 0)).toBe(1000);
    expect(Math.max(...stretches.map((one) => one.p99))).toBe(14);
  });
});

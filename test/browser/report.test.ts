import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunEvent } from '../../src/core/run/index.ts';
import { renderProbeReport, renderReport } from '../../src/report/index.ts';
import { describeWithPeers, peerPath } from '../support/peers.ts';
import { ladder, sustained, together, wal } from '../support/probes.ts';
import { buildProbe, buildRun } from '../support/run-builder.ts';
import { brokenIds, contentWidth, labelFaults, lowContrast, pageGround } from './in-page.ts';

const WIDTHS = [360, 768, 1440];
const HEIGHT = 800;
/** WCAG 2.2, 1.4.3: ordinary text. */
const LEAST_CONTRAST = 4.5;

const EVENTS: readonly RunEvent[] = [
  { t: 0, kind: 'leader-change', text: 'm2 leads' },
  { t: 0, kind: 'slow-fsync', text: 'fdatasync took 1.2 s' },
  { t: 0, kind: 'compaction', text: 'compacted' },
];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describeWithPeers(['chromium'], 'the report in a browser without scripts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'etcdmark-report-'));
  const pages = new Map<string, string>();
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: peerPath('chromium'), args: FLAGS });
    const long = 'a-very-long-name-without-a-single-place-to-break-it-'.repeat(4);
    const healthy = buildRun({ durationS: 8 });
    const awkward = {
      ...buildRun({ durationS: 8, kind: 'etcd', fsyncMedianMs: 40, changes: { verdict: 'fail', command: long } }),
      id: long,
    };
    const crowd = Array.from({ length: 60 }, (_, i) => ({ ...EVENTS[i % EVENTS.length]!, t: (i % 20) * 0.4 }));
    const named = { ...awkward, profile: { ...awkward.profile, name: long }, partial: true, events: crowd };
    const renderings = { healthy: [healthy], awkward: [named], comparison: [healthy, awkward] };
    for (const [name, runs] of Object.entries(renderings)) {
      const path = join(folder, `${name}.html`);
      writeFileSync(path, await renderReport(runs));
      pages.set(name, pathToFileURL(path).href);
    }
    const slow = buildProbe({ medianMs: 30, changes: { path: `/mnt/${long}`, verdict: 'fail', band: 'degraded' } });
    const kept = Array.from({ length: 12 }, (_, i) =>
      buildProbe({ medianMs: i < 7 ? 1 : 5, changes: { startedAt: new Date(Date.UTC(2026, 2, i + 1)).toISOString() } }),
    );
    const probes = {
      wal: [wal],
      ladder: [ladder],
      together: [together],
      sustained: [sustained],
      volumes: [wal, slow],
      kept,
    };
    for (const [name, of] of Object.entries(probes)) {
      const path = join(folder, `probe-${name}.html`);
      writeFileSync(path, await renderProbeReport(of));
      pages.set(`probe-${name}`, pathToFileURL(path).href);
    }
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a page as a reader without scripts sees it, and gathers every complaint and every request. */
  async function withPage(
    name: string,
    options: { width: number; dark?: boolean },
    body: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: options.width, height: HEIGHT },
      colorScheme: options.dark ? 'dark' : 'light',
    });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(pages.get(name)!);
      await body(page);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([pages.get(name)]);
    } finally {
      await context.close();
    }
  }

  const probePages = ['wal', 'ladder', 'together', 'sustained', 'volumes', 'kept'].map((name) => `probe-${name}`);

  it.each(probePages)('%s: fits, is labelled without overlap, stands out, and names each id once', async (name) => {
    for (const width of WIDTHS) {
      await withPage(name, { width }, async (page) => {
        expect(await page.evaluate(contentWidth)).toBeLessThanOrEqual(width);
        expect(await page.evaluate(labelFaults)).toEqual([]);
        expect(await page.evaluate(brokenIds)).toEqual([]);
      });
    }
    for (const dark of [false, true]) {
      await withPage(name, { width: 1440, dark }, async (page) => {
        expect(await page.evaluate(lowContrast, LEAST_CONTRAST)).toEqual([]);
      });
    }
  });

  const cases = ['healthy', 'awkward', 'comparison'].flatMap((name) => WIDTHS.map((width) => [name, width] as const));

  it.each(cases)('%s: nothing wider than a page of %d px, nothing fetched, no complaint', async (name, width) => {
    await withPage(name, { width }, async (page) => {
      expect(await page.evaluate(contentWidth)).toBeLessThanOrEqual(width);
    });
  });

  it.each(WIDTHS)('the verdict is seen without scrolling at %d px', async (width) => {
    for (const name of ['healthy', 'awkward']) {
      await withPage(name, { width }, async (page) => {
        const headline = await page.locator('h1').boundingBox();
        const chip = await page.locator('.chip').boundingBox();
        expect(headline!.y + headline!.height).toBeLessThan(HEIGHT);
        expect(chip!.y).toBeLessThan(150);
        expect(await page.locator('.chip').innerText()).toMatch(name === 'healthy' ? /Pass/ : /Fail\s*cut short/);
      });
    }
  });

  it('comes in the order: verdict, why, what to do, evidence, how to measure again', async () => {
    await withPage('healthy', { width: 1440 }, async (page) => {
      expect(await page.locator('h1, h2').allInnerTexts()).toEqual([
        'The disk is fast enough for etcd, and the target held kubectl-apply-storm.',
        'Why',
        'What to do',
        'Evidence',
        'Measure it again',
      ]);
    });
  });

  it.each([360, 1440])('every chart is drawn, named, described and has its table, at %d px', async (width) => {
    await withPage('healthy', { width }, async (page) => {
      const figures = await page.locator('figure').all();
      expect(figures.length).toBe(6);
      for (const figure of figures) {
        const drawings = figure.locator('svg[role="img"]:visible');
        expect(await drawings.count()).toBe(1);
        expect((await drawings.locator('title').textContent())?.length).toBeGreaterThan(5);
        expect((await drawings.locator('desc').textContent())?.length).toBeGreaterThan(20);
        const box = await drawings.boundingBox();
        expect(box!.height).toBeGreaterThan(120);
        await figure.locator('summary').click();
        expect(await figure.locator('table:visible tbody tr').count()).toBeGreaterThan(3);
      }
    });
  });

  it.each(cases)('%s: labels of charts lie within them and do not cover each other at %d px', async (name, width) => {
    await withPage(name, { width }, async (page) => {
      expect(await page.evaluate(labelFaults)).toEqual([]);
    });
  });

  it.each([false, true])('text stands out from its ground (dark: %s)', async (dark) => {
    await withPage('awkward', { width: 1440, dark }, async (page) => {
      expect(await page.evaluate(lowContrast, LEAST_CONTRAST)).toEqual([]);
    });
  });

  it('names each id once, and refers to none that is not there', async () => {
    await withPage('comparison', { width: 1440 }, async (page) => {
      expect(await page.evaluate(brokenIds)).toEqual([]);
    });
  });

  it('prints on white, with the figures behind the charts', async () => {
    await withPage('healthy', { width: 1440, dark: true }, async (page) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await page.evaluate(pageGround)).toBe('rgb(255, 255, 255)');
      expect(await page.locator('figure .wide:visible').count()).toBe(6);
      expect(await page.locator('figure table:visible').count()).toBe(6);
    });
  });
});

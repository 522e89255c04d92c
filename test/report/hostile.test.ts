import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/core/run/index.ts';
import { renderJUnit, renderOpenMetrics, renderReport, renderRunText, renderSummary } from '../../src/report/index.ts';
import { buildProbe, buildRun, CLEAN_AUDIT } from '../support/run-builder.ts';

/** Every string that can come from outside: a profile, a path, an endpoint, a server's answer. */
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>' | **b** \`c\` ]]> \u2028\u001b[31m\u0000&amp;`;

const base = buildRun({ durationS: 4 });
const run: Run = {
  ...base,
  id: HOSTILE,
  command: HOSTILE,
  verdict: 'fail',
  profile: { ...base.profile, name: HOSTILE, thresholds: [{ metric: HOSTILE, comparison: '<', value: 1 }] },
  environment: { ...base.environment, cpu: HOSTILE, kernel: HOSTILE },
  target: { ...base.target, kind: 'endpoints', version: HOSTILE, endpoints: [HOSTILE] },
  operations: { [HOSTILE]: { ...base.total, errorsByCode: { [HOSTILE]: 3 } } },
  total: { ...base.total, errors: 3, errorsByCode: { [HOSTILE]: 3 } },
  disk: buildProbe({ samples: 100, changes: { path: HOSTILE, warnings: [{ code: HOSTILE, text: HOSTILE }] } }),
  audit: { ...CLEAN_AUDIT, lostWrites: 1, violations: [HOSTILE] },
  events: [{ t: 1, kind: 'note', member: HOSTILE, text: HOSTILE }],
  phases: [{ name: HOSTILE, startS: 0, durationS: 4, total: base.total }],
};

describe('strings from outside', () => {
  it('are text in the page, and nothing else', async () => {
    const page = await renderReport([run, run]);
    expect(page).not.toMatch(/<script|<img|onerror=(?!alert\(2\)&gt;)/);
    expect(page).not.toContain('\0');
    expect(page).not.toContain('\u2028');
    expect(page).toContain('&lt;script&gt;');
  });

  it('are text in the page when the Run names a class or a code like a property of every object', async () => {
    const odd = { ...base, operations: { constructor: base.total, hasOwnProperty: base.total } };
    expect(await renderReport([odd])).toContain('hasOwnProperty');
  });

  it('cannot break a row or start a tag in the summary', () => {
    const summary = renderSummary(run);
    const outsideCode = summary.split('```sh')[0] ?? '';
    expect(outsideCode).not.toMatch(/<script|<img/);
    for (const row of summary.split('\n').filter((line) => line.startsWith('| '))) {
      expect(row.replaceAll('\\|', '').split('|').length).toBeGreaterThan(3);
    }
  });

  it('leave the JUnit file well-formed', () => {
    const xml = renderJUnit(run);
    expect(xml).not.toMatch(/<script|\]\]>/);
    expect(xml.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(xml.match(/<testcase /g)?.length).toBe(Number(/tests="(\d+)"/.exec(xml)?.[1]));
  });

  it('stay within their label in OpenMetrics', () => {
    for (const line of renderOpenMetrics(run).split('\n')) {
      expect(line).toMatch(/^(#.*|[a-z_]+(\{([a-z_]+="([^"\\\n]|\\.)*",?)*\})? [-+\d.e]+|)$/);
    }
  });

  it('cannot move the cursor', () => {
    expect(renderRunText(run, { color: false, width: 80 }).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('a summary', () => {
  it('stays far below the limit of a step summary, whatever the Run holds', () => {
    const violations = Array.from({ length: 20_000 }, (_, i) => `violation ${i} `.repeat(10));
    const long = { ...run, audit: { ...run.audit!, violations }, findings: [], disk: buildProbe({ samples: 10 }) };
    const warnings = violations.map((text) => ({ code: 'x', text }));
    const summary = renderSummary({ ...long, disk: { ...long.disk, warnings } });
    expect(summary.length).toBeLessThan(300_000);
    expect(summary).toContain('the rest is in report.html');
  });
});

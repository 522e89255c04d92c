/** Runs to be advised on, and what advice says of them. */
import { advise } from '../../../src/core/advice/index.ts';
import type { Facts, Finding, Recommendation, Run } from '../../../src/core/run/index.ts';
import { buildProbe, buildRun } from '../../support/run-builder.ts';

export const GIB = 1_073_741_824;
export const bundled = buildRun({ durationS: 3 });
export const slowDisk = buildProbe({ medianMs: 60, samples: 500 });
export const remote = buildRun({ durationS: 3, kind: 'endpoints' });

export function setting(run: Run, name: string, facts: Facts = {}): Recommendation {
  const found = advise(run, facts).recommendations.find((one) => one.setting === name);
  if (found === undefined) throw new Error(`no recommendation for ${name}`);
  return found;
}

export function finding(run: Run, code: string, facts: Facts = {}): Finding | undefined {
  return advise(run, facts).findings.find((one) => one.code === code);
}

export const text = (one: { because: readonly { text: string }[] }): string =>
  one.because.map((each) => each.text).join('\n');
export const withSettings = (run: Run, settings: Run['target']['settings']): Run => ({
  ...run,
  target: { ...run.target, settings },
});
export const rtt = (meanMs: number): Facts => ({ peerRtt: { meanMs, source: 'flag' } });

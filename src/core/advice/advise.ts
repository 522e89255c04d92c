import type { Facts, Finding, Recommendation, Run } from '../run/index.ts';
import { capacity } from './capacity.ts';
import type { Case } from './evidence.ts';
import { findings } from './findings.ts';
import { snapshotCount } from './snapshot-count.ts';
import { DEFAULT_THRESHOLDS } from './thresholds.ts';
import type { Thresholds } from './thresholds.ts';
import { timeouts } from './timeouts.ts';

export interface Advice {
  readonly findings: Finding[];
  readonly recommendations: Recommendation[];
}

/**
 * What a Run means and what to set. `facts` (a measured peer round trip, an expected size) stand above those that the Run
 * keeps. The Run's own findings and recommendations are not read: advice is always given afresh.
 */
export function advise(run: Run, facts: Facts = {}, thresholds: Thresholds = DEFAULT_THRESHOLDS): Advice {
  const context: Case = { run, facts: { ...run.facts, ...facts }, thresholds };
  return {
    findings: findings(context),
    recommendations: [...timeouts(context), ...capacity(context), snapshotCount(context)],
  };
}

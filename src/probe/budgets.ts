/** What a p99 is held against, each with who says so. */
import { UsageError } from '../base/errors.ts';
import { DEFAULT_THRESHOLDS } from '../core/advice/index.ts';

export interface Budget {
  readonly name: string;
  /** The p99 must be below this. */
  readonly p99Ms: number;
  readonly source: string;
}

/** By name; `degraded` and `critical` are the upper borders of these bands, for volumes that need only not be worse. */
export const WAL_BUDGETS = {
  etcd: {
    name: 'etcd',
    p99Ms: DEFAULT_THRESHOLDS.walFsyncHealthyP99.value,
    source: DEFAULT_THRESHOLDS.walFsyncHealthyP99.source,
  },
  degraded: {
    name: 'degraded',
    p99Ms: DEFAULT_THRESHOLDS.walFsyncDegradedP99.value,
    source: DEFAULT_THRESHOLDS.walFsyncDegradedP99.source,
  },
  critical: {
    name: 'critical',
    p99Ms: DEFAULT_THRESHOLDS.walFsyncCriticalP99.value,
    source: DEFAULT_THRESHOLDS.walFsyncCriticalP99.source,
  },
  openshift: {
    name: 'openshift',
    p99Ms: 10,
    source: 'OpenShift 4.20 documentation, "etcd practices": 50 IOPS of 8 KB with fdatasync under 10 ms',
  },
  'openshift-heavy': {
    name: 'openshift-heavy',
    p99Ms: 2,
    source:
      'OpenShift 4.20 documentation, "etcd practices": 500 IOPS of 8,000 B under 2 ms for heavily loaded clusters',
  },
  'openshift-scale': {
    name: 'openshift-scale',
    p99Ms: 20,
    source: 'openshift-scale/images, etcd-perf/run.sh: fails at a p99 of 20 ms or more',
  },
} as const satisfies Record<string, Budget>;

export const BACKEND_BUDGET: Budget = {
  name: 'etcd-backend',
  p99Ms: DEFAULT_THRESHOLDS.backendCommitP99.value,
  source: DEFAULT_THRESHOLDS.backendCommitP99.source,
};

/** A budget by name, or a number of milliseconds. Throws UsageError. */
export function parseBudget(text: string): Budget {
  const named = Object.values<Budget>(WAL_BUDGETS).find((budget) => budget.name === text);
  if (named !== undefined) return named;
  const match = /^(\d+(?:\.\d+)?)(?:ms)?$/.exec(text);
  const p99Ms = Number(match?.[1]);
  if (match === null || !(p99Ms > 0)) {
    const names = Object.keys(WAL_BUDGETS).join(', ');
    throw new UsageError(`budget '${text}' is not known: give ${names}, or milliseconds such as 8ms`);
  }
  return { name: 'custom', p99Ms, source: 'given by the caller' };
}

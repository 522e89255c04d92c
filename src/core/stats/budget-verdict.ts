/** Three answers about a quantile against a budget, never two. */
import type { QuantileInterval } from './quantile-interval.ts';

export type Verdict = 'pass' | 'fail' | 'inconclusive';

/** Pass when the whole interval is below the budget, fail when it is all at or above it, else inconclusive. */
export function budgetVerdict(interval: Pick<QuantileInterval, 'low' | 'high'>, budget: number): Verdict {
  if (interval.high < budget) return 'pass';
  if (interval.low >= budget) return 'fail';
  return 'inconclusive';
}

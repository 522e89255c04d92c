/** The limits that a Run is judged by where its profile sets none. Each has its source and can be replaced. */
export interface Criteria {
  /** Least share of the scheduled requests that must complete. */
  readonly completedShareMin: number;
  /** Greatest share of the scheduled requests that may end in an error. */
  readonly errorShareMax: number;
}

export const DEFAULT_CRITERIA: Criteria = {
  // etcdctl check perf passes above 0.9 of its target rate.
  completedShareMin: 0.9,
  // Assumed: an apiserver retries a failed request, and one in a hundred shows in its own error budget.
  errorShareMax: 0.01,
};

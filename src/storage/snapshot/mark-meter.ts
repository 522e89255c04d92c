/** What saving a mark costs. */
export interface MarkTimes {
  readonly encodeMs: number;
  /** Of writing and syncing the file. */
  readonly syncMs: number;
  readonly totalMs: number;
}

/** Told of every mark that was saved. */
export interface MarkMeter {
  nowMs(): number;
  saved(times: MarkTimes): void;
}

export const NO_METER: MarkMeter = { nowMs: () => 0, saved: () => undefined };

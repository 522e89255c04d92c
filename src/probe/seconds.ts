/** The series by the second. */
import { ascending, nearestRank } from '../core/stats/index.ts';

export interface Second {
  readonly t: number;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Changes from one WAL segment to the next; left out where there was none. */
  readonly switches?: number;
}

export interface SecondSeries {
  add(valueMs: number, atMs: number, isSwitch?: boolean): void;
  /** Every whole second so far, and the begun one when it is the end. */
  readonly seconds: readonly Second[];
  finish(): void;
}

export function secondSeries(): SecondSeries {
  const seconds: Second[] = [];
  let current = 0;
  let values: number[] = [];
  let switches = 0;
  const close = (): void => {
    if (values.length > 0) {
      const sorted = ascending(values);
      const at = (q: number): number => nearestRank(sorted, q);
      const marked = switches === 0 ? {} : { switches };
      seconds.push({ t: current, count: values.length, p50: at(0.5), p99: at(0.99), max: at(1), ...marked });
    }
    values = [];
    switches = 0;
  };
  return {
    seconds,
    add(valueMs, atMs, isSwitch = false) {
      const second = Math.floor(atMs / 1000);
      if (second !== current) {
        close();
        current = second;
      }
      values.push(valueMs);
      if (isSwitch) switches += 1;
    },
    finish: close,
  };
}

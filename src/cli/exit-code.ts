import type { Verdict } from '../core/run/index.ts';
import { EXIT } from './context.ts';

/** How a verdict ends a command. */
export function exitCodeOf(verdict: Verdict, isPartial: boolean): number {
  if (isPartial) return EXIT.interrupted;
  return { pass: EXIT.done, fail: EXIT.measuredFail, inconclusive: EXIT.inconclusive }[verdict];
}

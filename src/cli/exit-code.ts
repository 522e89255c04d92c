import type { Verdict } from '../core/run/index.ts';
import { EXIT } from './context.ts';

/** What several verdicts come to; without any it cannot be told. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}

/** How a verdict ends a command. `isInterrupted`: by Ctrl-C or SIGTERM, not by what the program saw itself. */
export function exitCodeOf(verdict: Verdict, isInterrupted: boolean): number {
  if (isInterrupted) return EXIT.interrupted;
  return { pass: EXIT.done, fail: EXIT.measuredFail, inconclusive: EXIT.inconclusive }[verdict];
}

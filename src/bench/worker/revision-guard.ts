/**
 * Revisions as linearizability wants them: a request sent after an answer must not be answered from before it, and a write
 * gets a revision of its own, above all that was answered before it was sent.
 */
import type { LoadMethod } from '../../core/workload/index.ts';

const MOST_LINES = 5;

export class RevisionGuard {
  /** The highest revision answered so far. */
  highest = 0;
  regressions = 0;
  readonly violations: string[] = [];

  /** `highestAtSend`: `highest` when the request was sent. */
  answered(method: LoadMethod, revision: number, wrote: boolean, highestAtSend: number): void {
    // Other headers are not bound by it: one member answers from what it has.
    if (method !== 'put' && method !== 'txn' && method !== 'range') return;
    if (revision < highestAtSend || (wrote && revision === highestAtSend)) {
      this.regressions++;
      if (this.violations.length < MOST_LINES) {
        const what = wrote ? 'a write' : 'an answer';
        this.violations.push(`${what} at revision ${revision}, sent after revision ${highestAtSend} was answered`);
      }
    }
    if (revision > this.highest) this.highest = revision;
  }
}

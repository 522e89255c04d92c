/** Several scripts one after the other, each no earlier than its instant. */
import { DONE } from '../call.ts';
import type { Script } from '../call.ts';

export interface Part {
  /** Milliseconds from the operation's intended instant. */
  readonly afterMs: number;
  /** Made when its turn comes: what it writes depends on what was written before. */
  readonly start: () => Script;
}

export function sequence(parts: readonly Part[]): Script {
  let at = 0;
  let waited = false;
  let current: Script | undefined;
  return {
    next: (reply, intendedMs) => {
      let last = reply;
      for (;;) {
        if (current === undefined) {
          const part = parts[at];
          if (part === undefined) return DONE;
          if (!waited && part.afterMs > 0) {
            waited = true;
            return { kind: 'wait', afterMs: part.afterMs };
          }
          current = part.start();
          last = undefined;
        }
        const step = current.next(last, intendedMs);
        if (step.kind !== 'done') return step;
        current = undefined;
        waited = false;
        at++;
      }
    },
    failed: () => current?.failed?.(),
  };
}

/** Walks scripts against a store, one request at a time. */
import type { Call, Ledger, Script } from '../../../src/core/workload/index.ts';
import type { Store } from './store.ts';

export interface Walked {
  readonly calls: Call[];
  readonly waits: number[];
}

const MOST_STEPS = 10_000;

/** One script to its end; `before` may change the store before a call is answered. */
export function walk(script: Script, store: Store, ledger: Ledger, before?: (call: Call, nth: number) => void): Walked {
  const walked: Walked = { calls: [], waits: [] };
  let step = script.next(undefined, 0);
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    if (step.kind === 'done') return walked;
    if (step.kind === 'wait') {
      walked.waits.push(step.afterMs);
      step = script.next(undefined, step.afterMs);
    } else if (step.kind === 'lease') {
      throw new Error('waits for a lease that nobody grants');
    } else {
      const { call } = step;
      walked.calls.push(call);
      before?.(call, walked.calls.length);
      const reply = store.answer(call);
      if (call.write !== undefined && reply.succeeded) ledger.acknowledged(call.write, reply.revision);
      step = script.next(reply, 0);
    }
  }
  throw new Error('a script that does not end');
}

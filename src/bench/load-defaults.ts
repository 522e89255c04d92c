/** What every load begins with, against the null server as against a cluster: a ceiling compares only what is driven alike. */
import { availableParallelism } from 'node:os';

/** From the order to start to the profile's instant zero: every generator must have heard it by then. */
export const START_AFTER_MS = 200;
/** Of each generator, unless told otherwise. */
export const CONNECTIONS = 8;
/** etcd's own request timeout is 5 s and two election timeouts: what it will not answer, it has given up by then. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How many generator processes there are unless told otherwise: one for every two processors, the other for the target. */
export function defaultWorkers(): number {
  return Math.max(1, Math.floor(availableParallelism() / 2));
}

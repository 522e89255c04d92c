/**
 * The end of a process that was told to stop, whatever holds it up. What has been acknowledged is synced in the write-ahead
 * log, so nothing is lost by not waiting longer; a process that stays keeps its data directory locked and its supervisor
 * waiting.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from './log.ts';

/**
 * What hangs is to be named before somebody else kills the process without a word: Kubernetes does so after 30 s, systemd
 * after 90 s. Sources: terminationGracePeriodSeconds of a Pod; TimeoutStopSec= in systemd.service(5).
 */
export const DEFAULT_STOP_GRACE_MS = 25_000;

export interface BoundedEndOptions {
  /** Its timers must not keep the process. */
  readonly clock: Pick<Clock, 'after'>;
  readonly graceMs: number;
  readonly log: Pick<Logger, 'fatal'>;
  /** What is being waited for. */
  readonly underWay: () => string;
  /** What keeps the event loop alive, a name each. */
  readonly holders: () => readonly string[];
  /** Ends the process with an error. */
  readonly end: () => void;
}

/** To be called when the process is told to stop: ends it once the grace is over. */
export function endAfterGrace({ clock, graceMs, log, underWay, holders, end }: BoundedEndOptions): Timer {
  return clock.after(graceMs, () => {
    log.fatal('told to stop, but not stopped in time: the process ends as it stands', {
      grace: `${graceMs}ms`,
      'waits-for': underWay(),
      'held-by': counted(holders()),
    });
    end();
  });
}

/** `Timeout x2, MessagePort`. */
function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} x${count}`)).join(', ');
}

/** How long spawned members wanted a processor and had none: stopped, or waiting in line for one. */
import type { Clock } from '../../base/clock.ts';
import type { Member } from '../../cluster/index.ts';
import { isStopped, runQueueSeconds, type Waiting } from '../../platform/process-waits.ts';

/** A stop shorter than this may pass unseen. */
const LOOK_EVERY_MS = 50;

export interface DeniedWatch {
  /** Counted up since the start; undefined for a member that is no process of ours, or is gone. */
  of(member: Member): { readonly stoppedSeconds: number; readonly runQueueSeconds: number } | undefined;
  stop(): void;
}

export function watchDenied(members: readonly Member[], clock: Clock, whose: Waiting): DeniedWatch {
  const stoppedMs = new Map(members.map(({ name }) => [name, 0]));
  let lastMs = clock.nowMs();
  let timer = clock.after(LOOK_EVERY_MS, look);
  function look(): void {
    const nowMs = clock.nowMs();
    for (const { name, pid } of members) {
      if (pid !== undefined && isStopped(pid)) stoppedMs.set(name, stoppedMs.get(name)! + nowMs - lastMs);
    }
    lastMs = nowMs;
    timer = clock.after(LOOK_EVERY_MS, look);
  }
  return {
    of: ({ name, pid }) => {
      const waited = pid === undefined ? undefined : runQueueSeconds(pid, whose);
      return waited === undefined
        ? undefined
        : { stoppedSeconds: stoppedMs.get(name)! / 1_000, runQueueSeconds: waited };
    },
    stop: () => timer.cancel(),
  };
}

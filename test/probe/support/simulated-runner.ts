/** Loads that run in no time: samples come from a model or a function, on a clock of their own. */
import type { Random } from '../../../src/base/random.ts';
import type { DiskModel } from '../../../src/storage/disk-models/index.ts';
import { modelledVolume } from '../../../src/storage/disk-models/index.ts';
import { batcher } from '../../../src/probe/load/batcher.ts';
import type { LoadSpec } from '../../../src/probe/load/load.ts';
import type { WorkerRunner } from '../../../src/probe/load/worker-runner.ts';

export interface SimulatedRunner extends WorkerRunner {
  /** What was started, in order. */
  readonly specs: LoadSpec[];
}

/** `syncMsAt(nowMs, bytes)` says how long each sync takes; throwing fails the load. */
export function simulatedRunner(syncMsAt: (nowMs: number, bytes: number) => number, writeMs = 0.01): SimulatedRunner {
  const specs: LoadSpec[] = [];
  // One load begins when the one before it has ended.
  let beganMs = 0;
  return {
    specs,
    preparation: () => ({ how: 'fallocate', sparse: false }),
    cpuWaitMs: () => undefined,
    start(spec, onBatch) {
      specs.push(spec);
      let stopped = false;
      const run = async (): Promise<void> => {
        const batch = batcher();
        let nowMs = 0;
        for (let step = 0; !stopped;) {
          // As far as a worker gets between two of its messages.
          for (const untilMs = nowMs + 200; nowMs < untilMs && !batch.full; step++) {
            const dueMs = spec.ratePerS === undefined ? nowMs : (step * 1000) / spec.ratePerS;
            const startMs = Math.max(nowMs, dueMs);
            const syncMs = syncMsAt(beganMs + startMs + writeMs, 2300);
            nowMs = startMs + writeMs + syncMs;
            batch.add({ writeMs, syncMs, switchMs: 0, bytes: 2300 }, nowMs, startMs - dueMs);
          }
          // Callbacks of the caller come on turns of their own, as messages do.
          await Promise.resolve();
          onBatch(batch.take());
        }
        beganMs += nowMs;
      };
      return { ended: Promise.resolve().then(run), stop: () => void (stopped = true) };
    },
  };
}

export function modelRunner(model: DiskModel, random: Random): SimulatedRunner {
  const volume = modelledVolume(model);
  return simulatedRunner((nowMs, bytes) => volume.nextSyncDelayMs(nowMs, bytes, random));
}

/** Runs the log's jobs on the calling thread: for the simulator, for tests, and where there is only one thread. */
import type { Disk } from '../../base/disk.ts';
import { asError } from '../../base/errors.ts';
import type { FatalHandler, LogHost } from './job.ts';
import { SegmentWriter } from './segment-writer.ts';

export interface InThreadHostOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** Monotonic milliseconds with fraction. */
  readonly nowMs: () => number;
  /** Size to which segments are preallocated. */
  readonly segmentBytes?: number;
  /** Calls `finish`, which syncs and answers, after as long as a sync takes here; never, if the machine has crashed meanwhile. */
  readonly later: (finish: () => void) => void;
}

export function inThreadHost(options: InThreadHostOptions): LogHost {
  const { later } = options;
  const writer = new SegmentWriter(options);
  let failed = false;
  let onFatal: FatalHandler = () => undefined;
  const guarded = (act: () => void): void => {
    if (failed) return;
    try {
      act();
    } catch (error) {
      failed = true;
      onFatal(asError(error));
    }
  };
  return {
    watch: (handler) => {
      onFatal = handler;
    },
    allocate: (capacity) => new Uint8Array(capacity),
    submit: (job, buffer, done) =>
      guarded(() => {
        const written = writer.write(job, buffer);
        later(() => {
          let answer: (() => void) | undefined;
          guarded(() => {
            const outcome = writer.finish(job, written);
            writer.houseKeep(job);
            answer = () => done(outcome);
          });
          // Outside the guard: what the member does with the answer is not a failure of the disk.
          answer?.();
        });
      }),
    close: (done) => {
      guarded(() => writer.close());
      done();
    },
  };
}

/**
 * The real disk, slowed down to a model: what a cluster would be on a volume that nobody has provisioned yet.
 *
 * Every write and sync is the real one, so what is durable stays durable; a sync then returns when the model says. It blocks
 * its thread, as fdatasync does: use it on the thread that writes the WAL. A real sync that takes longer than the model's
 * cannot be shortened; those are counted, because then the model was not honoured.
 */
import type { Disk, DiskFile } from '../../base/disk.ts';
import type { Random } from '../../base/random.ts';
import type { DiskModel } from './model.ts';
import { modelledVolume } from './modelled-volume.ts';
import { sleeper, type Sleeper } from './sleeper.ts';

export interface ModelledDiskOptions {
  readonly model: DiskModel;
  readonly nowMs: () => number;
  readonly random: Random;
  /** How to wait; sleeps for real unless given. */
  readonly sleeper?: Sleeper;
}

export interface ModelledDisk extends Disk {
  /** Syncs so far, and those that took longer in reality than in the model. */
  fidelity(): { readonly syncs: number; readonly late: number };
}

export function modelledDisk(disk: Disk, options: ModelledDiskOptions): ModelledDisk {
  const { model, nowMs, random } = options;
  const volume = modelledVolume(model);
  const wait = options.sleeper ?? sleeper(nowMs);
  let syncs = 0;
  let late = 0;

  const modelled = (file: DiskFile): DiskFile => {
    let unsyncedBytes = 0;
    const delayed = (sync: () => void): void => {
      const startMs = nowMs();
      const untilMs = startMs + volume.nextSyncDelayMs(startMs, unsyncedBytes, random);
      sync();
      unsyncedBytes = 0;
      syncs += 1;
      if (nowMs() > untilMs) late += 1;
      else wait.sleepUntil(untilMs);
    };
    return {
      ...file,
      write(bytes, position) {
        file.write(bytes, position);
        unsyncedBytes += bytes.length;
      },
      datasync: () => delayed(() => file.datasync()),
      sync: () => delayed(() => file.sync()),
    };
  };
  return { ...disk, open: (path, mode) => modelled(disk.open(path, mode)), fidelity: () => ({ syncs, late }) };
}

import { describe, expect, it } from 'vitest';
import type { Disk, DiskFile } from '../../../src/base/disk.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { findDiskModel, modelledDisk, type DiskModel } from '../../../src/storage/disk-models/index.ts';

const STEADY: DiskModel = {
  ...findDiskModel('gp3'),
  latency: { kind: 'lognormal', medianUs: 2000, sigma: 0, outliers: { share: 0, fromMs: 0, toMs: 0 } },
  limits: [],
};

/** A disk on a manual clock whose real sync takes `realMs`. */
function simulated(realMs: number) {
  let nowMs = 0;
  const calls: string[] = [];
  const file = {
    path: 'f',
    write: (bytes: Uint8Array) => void calls.push(`write ${bytes.length}`),
    datasync: () => {
      calls.push('datasync');
      nowMs += realMs;
    },
    sync: () => {
      calls.push('sync');
      nowMs += realMs;
    },
    sizeBytes: () => 42,
  } as unknown as DiskFile;
  const disk = { open: () => file, list: () => ['kept'] } as unknown as Disk;
  const modelled = modelledDisk(disk, {
    model: STEADY,
    nowMs: () => nowMs,
    random: seededRandom(1),
    sleeper: { sleepUntil: (untilMs) => void (nowMs = Math.max(nowMs, untilMs)) },
  });
  return { modelled, calls, now: () => nowMs };
}

describe('a modelled disk', () => {
  it('syncs for real, then returns when the model says', () => {
    const { modelled, calls, now } = simulated(0.3);
    const file = modelled.open('f', 'read-write');
    file.write(new Uint8Array(100), 0);
    file.datasync();
    file.sync();
    expect(calls).toEqual(['write 100', 'datasync', 'sync']);
    expect(now()).toBeCloseTo(4, 9);
    expect(modelled.fidelity()).toEqual({ syncs: 2, late: 0 });
    expect(file.sizeBytes()).toBe(42);
    expect(modelled.list('.')).toEqual(['kept']);
  });

  it('counts the syncs that reality made longer than the model', () => {
    const { modelled, now } = simulated(5);
    modelled.open('f', 'create').datasync();
    expect(now()).toBe(5);
    expect(modelled.fidelity()).toEqual({ syncs: 1, late: 1 });
  });

  it('an error of the real sync is passed on, not delayed', () => {
    const failing = {
      open: () => ({
        datasync: () => {
          throw new Error('EIO');
        },
      }),
    } as unknown as Disk;
    const disk = modelledDisk(failing, { model: STEADY, nowMs: () => 0, random: seededRandom(1) });
    expect(() => disk.open('f', 'create').datasync()).toThrow('EIO');
  });
});

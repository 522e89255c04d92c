import { expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { appendLoad } from '../../src/probe/load/append-load.ts';
import { fixedSize } from '../../src/probe/load/record-sizes.ts';
import { SimulatedDisk } from '../support/disks/simulated-disk.ts';

it('told to stop while it waits for the next segment closes each file once', () => {
  // A second close of a descriptor may close a file that someone else has opened since.
  const disk = new SimulatedDisk();
  const stopped = new Error('stopped');
  const files = {
    take(sequence: number) {
      if (sequence > 0) throw stopped;
      return disk.open('/0', 'create');
    },
    publish: () => undefined,
  };
  const load = appendLoad(
    { kind: 'append', directory: '/', fileBytes: 10_000, recordSizes: fixedSize(2300), atEnd: 'switch' },
    { nowMs: () => 0, random: seededRandom(1), files },
  );
  for (let i = 0; i < 5; i++) load.step();
  expect(() => load.step()).toThrow(stopped);
  load.close();
});

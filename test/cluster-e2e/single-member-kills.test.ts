/** SIGKILL in mid-load, one member: whatever was acknowledged is there after each restart. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashesOf } from './support/hashes.ts';
import { WriteLoad, lostWrites } from './support/load.ts';
import { isLongRun } from './support/long-run.ts';
import { until } from './support/until.ts';
import { ready, Workbench } from './support/workbench.ts';

const KILLS = isLongRun ? 100 : 5;
const WRITERS = 12;
/** Acknowledged writes between a restart and the next kill; their number is all that varies the instant. */
const WRITES_BETWEEN = [40, 7, 120, 1, 63];

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

describe('a lone member killed in mid-load', () => {
  it(
    'has every acknowledged write after each restart',
    async () => {
      // Small enough that snapshots are taken and the log is cut meanwhile.
      const member = await bench.member({ flags: ['--snapshot-count=150', '--backend-batch-interval=20ms'] });
      const load = new WriteLoad(() => [member.endpoint], WRITERS);
      for (let kill = 0; kill < KILLS; kill++) {
        const target = load.acknowledged.length + WRITES_BETWEEN[kill % WRITES_BETWEEN.length]!;
        await until('writes are acknowledged', () => load.acknowledged.length >= target);
        await member.process.kill();
        const known = load.acknowledged.slice();
        member.process.start();
        await ready(member);
        expect(await lostWrites(member.endpoint, known)).toEqual([]);
      }
      await load.stop();
      expect(load.violations).toEqual([]);
      expect(await lostWrites(member.endpoint, load.acknowledged)).toEqual([]);
      const [before] = await hashesOf([member.endpoint]);
      await member.process.kill();
      member.process.start();
      await ready(member);
      expect(await hashesOf([member.endpoint])).toEqual([before]);
    },
    isLongRun ? 1_800_000 : undefined,
  );
});

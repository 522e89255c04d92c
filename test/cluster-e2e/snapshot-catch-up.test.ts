/** A member that was away for longer than the log reaches back is caught up by a snapshot, while writes go on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caughtUp } from './support/caught-up.ts';
import { hashesOf } from './support/hashes.ts';
import { WriteLoad } from './support/load.ts';
import { ready, Workbench } from './support/workbench.ts';
import { until } from './support/until.ts';

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

const ROUNDS = 5;
/** More than the log keeps: 100 entries and up to 50 since the last mark. */
const AWAY_FOR = 250;

describe('a member that fell behind the log', () => {
  it('is caught up by snapshots, again and again, under load', async () => {
    const flags = ['--snapshot-count=50', '--snapshot-catchup-entries=100', '--backend-batch-interval=20ms'];
    const members = await bench.cluster(3, { flags });
    const endpoints = members.map(({ endpoint }) => endpoint);
    const [first, second, third] = members as [(typeof members)[0], (typeof members)[0], (typeof members)[0]];
    const load = new WriteLoad(() => [first.endpoint, second.endpoint], 4);
    for (let round = 0; round < ROUNDS; round++) {
      await third.process.kill();
      const target = load.acknowledged.length + AWAY_FOR;
      await until('writes are acknowledged', () => load.acknowledged.length >= target);
      third.process.start();
      await ready(third);
      await caughtUp(third, load.acknowledged.at(-1)!.revision);
      expect(third.process.log).toContain('applying snapshot');
    }
    await load.stop();
    expect(load.violations).toEqual([]);
    expect(new Set(await hashesOf(endpoints)).size).toBe(1);
  }, 150_000);
});

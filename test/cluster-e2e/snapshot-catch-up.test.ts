/**
 * A member that was away for longer than the log reaches back is caught up by a snapshot, while writes go on. It is always
 * the leader that goes: who leads keeps the log for 30 s for a member that it has sent a snapshot, and forgets it with its life.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caughtUp } from './support/caught-up.ts';
import { hashesOf } from './support/hashes.ts';
import { leaderOf } from './support/leader.ts';
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
    let victim = await leaderOf(members);
    const load = new WriteLoad(() => endpoints.filter((endpoint) => endpoint !== victim.endpoint), 4);
    for (let round = 0; round < ROUNDS; round++) {
      victim = await leaderOf(members);
      await victim.process.kill();
      const target = load.acknowledged.length + AWAY_FOR;
      await until('writes are acknowledged', () => load.acknowledged.length >= target);
      victim.process.start();
      await ready(victim);
      await caughtUp(victim, load.acknowledged.at(-1)!.revision);
      expect(victim.process.log).toContain('applying snapshot');
    }
    await load.stop();
    expect(load.violations).toEqual([]);
    expect(new Set(await hashesOf(endpoints)).size).toBe(1);
  });
});

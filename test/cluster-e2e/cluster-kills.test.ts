/** SIGKILL in mid-load, members of a cluster of three: nothing acknowledged is lost, and each one joins again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { caughtUp } from './support/caught-up.ts';
import { hashesOf } from './support/hashes.ts';
import { leaderOf } from './support/leader.ts';
import { lostWrites, WriteLoad } from './support/load.ts';
import { isLongRun } from './support/long-run.ts';
import { until } from './support/until.ts';
import { ready, Workbench } from './support/workbench.ts';

const KILLS = isLongRun ? 200 : 8;
/** So few that a member falls behind while it is away; what it needs after its snapshot is kept for it. */
const KEPT_ENTRIES = 100;
const WRITERS = 12;
const MOST_WRITES_BETWEEN = 80;

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

describe('members of a cluster killed in mid-load', () => {
  it(
    'lose no acknowledged write, rejoin, and end with equal hashes',
    async () => {
      const random = seededRandom(2024);
      // The log is truncated many times over; snapshot-catch-up.test.ts has members fall behind it.
      const flags = [
        '--snapshot-count=200',
        `--snapshot-catchup-entries=${KEPT_ENTRIES}`,
        '--backend-batch-interval=20ms',
      ];
      const members = await bench.cluster(3, { flags });
      const endpoints = members.map(({ endpoint }) => endpoint);
      const load = new WriteLoad(() => endpoints, WRITERS);
      const written = (more: number): Promise<unknown> => {
        const target = load.acknowledged.length + more;
        return until('writes are acknowledged', () => load.acknowledged.length >= target);
      };
      for (let kill = 0; kill < KILLS; kill++) {
        await written(1 + random.below(MOST_WRITES_BETWEEN));
        const victim = kill % 3 === 0 ? await leaderOf(members) : members[random.below(members.length)]!;
        await victim.process.kill();
        // Two are a quorum: without the third one writes go on.
        await written(1 + random.below(MOST_WRITES_BETWEEN));
        const known = load.acknowledged.at(-1)!.revision;
        victim.process.start();
        await ready(victim)
          .then(() => caughtUp(victim, known))
          .catch((error: unknown) => {
            // Why one cannot come back the others often know better.
            const logs = members.map(({ name, process }) => `${name}:\n${process.log.slice(-4000)}`);
            throw new Error(`after kill ${kill + 1}:\n${logs.join('\n')}`, { cause: error });
          });
      }
      await load.stop();
      expect(load.violations).toEqual([]);
      for (const endpoint of endpoints) expect(await lostWrites(endpoint, load.acknowledged)).toEqual([]);
      const hashes = await hashesOf(endpoints);
      expect(new Set(hashes).size).toBe(1);
    },
    isLongRun ? 3_600_000 : undefined,
  );

  it('lose nothing when all are killed at once', async () => {
    const members = await bench.cluster(3);
    const endpoints = members.map(({ endpoint }) => endpoint);
    const load = new WriteLoad(() => endpoints, WRITERS);
    await until('writes are acknowledged', () => load.acknowledged.length >= 200);
    await Promise.all(members.map(({ process }) => process.kill()));
    await load.stop();
    for (const { process } of members) process.start();
    await Promise.all(members.map((member) => ready(member)));
    for (const endpoint of endpoints) expect(await lostWrites(endpoint, load.acknowledged)).toEqual([]);
    expect(new Set(await hashesOf(endpoints)).size).toBe(1);
  });
});

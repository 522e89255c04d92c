import { describe, expect, it } from 'vitest';
import { Adversary, type AdversaryOptions } from './adversary.ts';

/** RAFT_SEEDS=5000 for a long run, RAFT_SEED=n to replay one. */
const SEEDS = Number(process.env['RAFT_SEEDS'] ?? 400);
const ONLY = process.env['RAFT_SEED'];
const STEPS = 6000;
/** Some ten times what a seed takes. */
const TIMEOUT_MS = Math.max(60_000, SEEDS * 150);

function optionsOf(seed: number): AdversaryOptions {
  return {
    seed,
    members: seed % 3 === 0 ? 5 : 3,
    steps: STEPS,
    preVote: seed % 2 === 0,
    checkQuorum: seed % 4 < 2,
  };
}

describe('safety under a random adversary (Raft paper figure 3)', () => {
  it(
    `holds for ${ONLY === undefined ? `${SEEDS} seeds` : `seed ${ONLY}`}`,
    () => {
      const total = { committed: 0, reads: 0, crashes: 0, leaders: 0, snapshots: 0, confChanges: 0 };
      const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(ONLY)];
      for (const seed of seeds) {
        const adversary = new Adversary(optionsOf(seed));
        try {
          adversary.run();
        } catch (error) {
          throw new Error(`seed ${seed} (replay: RAFT_SEED=${seed})`, { cause: error });
        }
        for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += adversary.counts[key];
      }
      // A run in which nothing happens proves nothing.
      for (const count of Object.values(total)) expect(count).toBeGreaterThan(seeds.length / 10);
      if (process.env['RAFT_SEEDS'] !== undefined) console.log(total);
    },
    TIMEOUT_MS,
  );
});

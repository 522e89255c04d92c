/** The story that test/bench/war-story.mjs tells in full: a disk that stalls makes three members elect leader after leader. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProfile, runProfile } from '../../../src/bench/index.ts';
import type { RunParts } from '../../../src/bench/index.ts';
import { httpGet, startTarget } from '../../../src/cluster/index.ts';
import type { Target } from '../../../src/cluster/index.ts';
import type { Profile } from '../../../src/core/workload/index.ts';
import { realClock } from '../../../src/platform/clock.ts';

const clock = realClock();
const FLOODED = fileURLToPath(new URL('../../bench/models/flooded.json', import.meta.url));
/** A leader stalls for an election timeout every ten seconds or so. */
const LONGEST_S = 90;

/** Jobs of half a second in place of twenty, so that a run ends soon after its load. */
function jobs(): Profile {
  const profile = loadProfile('ci-200-jobs');
  const sources = profile.sources.map((source) =>
    source.model === 'pod' ? { ...source, bindAfter: 50, statusEvery: 50, runFor: 300 } : source,
  );
  return { ...profile, sources, warmup: 0 };
}

describe('ci-200-jobs on a modelled disk', () => {
  let root: string;
  let target: Target;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'etcdmark-test-'));
  });
  afterEach(async () => {
    await target.stop();
    rmSync(root, { recursive: true });
  });

  const drive = (durationS: number, signal?: AbortSignal): Promise<RunParts> =>
    runProfile({
      profile: jobs(),
      target,
      seed: 1,
      client: 'lean',
      clock,
      durationS,
      signal,
      leaveKeys: true,
    });

  const changes = async (): Promise<number> => {
    const seen = await Promise.all(
      target.members.map(async ({ metricsUrl }) => {
        const { body } = await httpGet(`${metricsUrl}/metrics`, 5_000);
        return Number(/^etcd_server_leader_changes_seen_total (\d+)/m.exec(body)?.[1] ?? 0);
      }),
    );
    return Math.max(...seen);
  };

  it('whose p99 is over 100 ms: leaders change under it, and nothing acknowledged is lost', async () => {
    target = await startTarget({ kind: 'bundled', members: 3, diskModel: FLOODED, dataRoot: root }, { clock });
    const atFirst = await changes();
    const enough = new AbortController();
    const looking = setInterval(() => {
      changes().then(
        (now) => now > atFirst && enough.abort(),
        () => undefined,
      );
    }, 500);
    const parts = await drive(LONGEST_S, enough.signal).finally(() => clearInterval(looking));
    expect(parts.target.diskModel).toBe('flooded');
    expect(parts.server.leaderChanges).toBeGreaterThan(0);
    expect(parts.server.walFsyncMs.p99).toBeGreaterThan(100);
    expect(parts.audit?.violations ?? []).toEqual([]);
  }, 120_000);

  it('of io2: no sync stalls for an election timeout, and the leader stays', async () => {
    target = await startTarget({ kind: 'bundled', members: 3, diskModel: 'io2', dataRoot: root }, { clock });
    const parts = await drive(6);
    expect(parts.target.diskModel).toBe('io2');
    expect(parts.server.leaderChanges).toBe(0);
    expect(parts.audit?.violations).toEqual([]);
  });
});

/** The story that test/bench/war-story.mjs tells in full: a disk that stalls makes three members elect leader after leader. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProfile, runProfile } from '../../../src/bench/index.ts';
import type { RunParts, RunProfileOptions } from '../../../src/bench/index.ts';
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

  const drive = (durationS: number, change: Partial<RunProfileOptions> = {}): Promise<RunParts> =>
    runProfile({
      profile: jobs(),
      target,
      seed: 1,
      client: 'lean',
      clock,
      durationS,
      leaveKeys: true,
      ...change,
    });

  /** As each member has counted them. */
  const changes = (): Promise<number[]> =>
    Promise.all(
      target.members.map(async ({ metricsUrl }) => {
        const { body } = await httpGet(`${metricsUrl}/metrics`, 5_000);
        return Number(/^etcd_server_leader_changes_seen_total (\d+)/m.exec(body)?.[1] ?? 0);
      }),
    );

  it('that stalls for seconds: leaders change under it, and nothing acknowledged is lost', async () => {
    target = await startTarget({ kind: 'bundled', members: 3, diskModel: FLOODED, dataRoot: root }, { clock });
    const enough = new AbortController();
    // Once the load runs, so that the run counts too what is seen here.
    let atFirst: number[] | undefined;
    const look = async (): Promise<void> => {
      const now = await changes();
      atFirst ??= now;
      if (now.some((count, member) => count > atFirst![member]!)) enough.abort();
    };
    const onProgress = (): void => void look().catch(() => undefined);
    const parts = await drive(LONGEST_S, { signal: enough.signal, onProgress });
    expect(parts.target.diskModel).toBe('flooded');
    expect(parts.server.leaderChanges).toBeGreaterThan(0);
    // Its median is 30 ms, whatever the run was cut down to; the tail of a short one is luck.
    expect(parts.server.walFsyncMs.p50).toBeGreaterThan(15);
    expect(parts.audit?.violations ?? []).toEqual([]);
  });

  it('of io2, which does not stall: the leader stays', async () => {
    // Long enough that no busy machine makes them elect; the model's own stalls are counted in milliseconds.
    const flags = ['--heartbeat-interval=500', '--election-timeout=5000'];
    target = await startTarget({ kind: 'bundled', members: 3, diskModel: 'io2', flags, dataRoot: root }, { clock });
    const parts = await drive(6);
    expect(parts.target.diskModel).toBe('io2');
    expect(parts.server.leaderChanges).toBe(0);
    expect(parts.audit?.violations).toEqual([]);
  });
});

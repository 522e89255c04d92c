import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OperationError, UsageError } from '../../../src/base/errors.ts';
import { loadProfile, runProfile } from '../../../src/bench/index.ts';
import type { RunParts, RunProfileOptions } from '../../../src/bench/index.ts';
import { connectControl } from '../../../src/client/control/index.ts';
import type { ControlClient } from '../../../src/client/control/index.ts';
import { startTarget } from '../../../src/cluster/index.ts';
import type { Profile } from '../../../src/core/workload/index.ts';
import type { Target } from '../../../src/cluster/index.ts';
import { RunSchema } from '../../../src/core/run/run.ts';
import { realClock } from '../../../src/platform/clock.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';
import { CLEAN_AUDIT } from '../../support/run-builder.ts';

const clock = realClock();
const PREFIX = '/etcdmark/';
const PREFIX_END = '/etcdmark0';

describeWithPeers(['etcd'], 'runProfile at a real etcd', () => {
  let root: string;
  let target: Target;
  let control: ControlClient;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'etcdmark-test-'));
    target = await startTarget({ kind: 'etcd', binary: peerPath('etcd'), members: 1, dataRoot: root }, { clock });
    control = connectControl(target.connection);
  });

  afterAll(async () => {
    control.close();
    await target.stop();
    expect(readdirSync(root)).toEqual([]);
    rmSync(root, { recursive: true });
  });

  afterEach(async () => {
    expect((await control.range({ key: PREFIX, rangeEnd: PREFIX_END, countOnly: true })).count).toBe(0);
  });

  const run = (name: string, change: Partial<RunProfileOptions> = {}): Promise<RunParts> =>
    runProfile({ profile: loadProfile(name), target, seed: 7, client: 'lean', clock, durationS: 1.5, ...change });

  /** Jobs of half a second in place of twenty. */
  const shortJobs = (): Profile => {
    const profile = loadProfile('ci-200-jobs');
    const sources = profile.sources.map((source) =>
      source.model === 'pod' ? { ...source, bindAfter: 50, statusEvery: 50, runFor: 300 } : source,
    );
    // Without a warm-up: on which side of its end a request falls depends on answers.
    return { ...profile, sources, warmup: 0 };
  };

  it('drives kubectl-apply-storm, audits it, and leaves nothing', async () => {
    const parts = await run('kubectl-apply-storm');
    const { total, operations, audit, watch } = parts;
    expect(total).toMatchObject({ errors: 0, skipped: 0 });
    expect(total.scheduled).toBe(total.completed);
    expect(audit).toEqual({ ...CLEAN_AUDIT, acknowledgedWrites: audit!.acknowledgedWrites });
    expect(Object.keys(operations)).toEqual(
      expect.arrayContaining(['create deployments', 'get deployments', 'update deployments']),
    );
    // Two watches, each sees every write.
    const writes = audit!.acknowledgedWrites - 1_500;
    expect(watch.events).toBe(2 * writes);
    expect(watch.deliveryMs.count).toBeGreaterThan(0);
    // Each request is in one phase or in the warm-up, and in one second.
    const inPhases = parts.phases.reduce((sum, phase) => sum + phase.total!.completed, 0);
    expect(inPhases).toBe(total.completed);
    const inSeconds = parts.series.reduce(
      (sum, { completed }) => sum + Object.values(completed).reduce((a, b) => a + b, 0),
      0,
    );
    expect(inSeconds).toBe(total.completed + parts.warmup!.total.completed);
    expect(parts.server.walFsyncs).toBeGreaterThan(0);
    expect(parts.samples.length).toBeGreaterThan(1);
    // What it resolves with is what a Run holds.
    expect(() => RunSchema.partial().parse(parts)).not.toThrow();
  });

  it('sends the same requests with the reference client, and leaves the same keys behind', async () => {
    const counts = async (client: 'lean' | 'grpc-js') => {
      const parts = await run('ci-200-jobs', { profile: shortJobs(), client, leaveKeys: true, durationS: 2 });
      const keys = await control.range({ key: PREFIX, rangeEnd: PREFIX_END, keysOnly: true });
      await control.deleteRange({ key: PREFIX, rangeEnd: PREFIX_END });
      expect(parts.audit?.violations).toEqual([]);
      const completed = Object.entries(parts.operations).map(([name, { completed, conflicts }]) => [
        name,
        completed - conflicts!,
      ]);
      return { completed, keys: keys.kvs.map(({ key }) => key) };
    };
    const lean = await counts('lean');
    expect(lean.keys.length).toBeGreaterThan(10);
    expect(await counts('grpc-js')).toEqual(lean);
  });

  it('is cut short by its signal: partial, and nothing is left', async () => {
    const abort = new AbortController();
    const parts = await run('event-flood', {
      profile: { ...loadProfile('event-flood'), warmup: 0 },
      durationS: 60,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    expect(parts.partial).toBe(true);
    expect(parts.durationS).toBeLessThan(60);
    expect(parts.total.completed).toBeGreaterThan(0);
    expect(parts.audit?.violations).toEqual([]);
  });

  it('counts the generators of two processes as one', async () => {
    const parts = await run('event-flood', { workers: 2, durationS: 2 });
    expect(parts.generator.workers).toBe(2);
    expect(parts.total.errors).toBe(0);
    expect(parts.audit?.violations).toEqual([]);
  });

  describe('on somebody else’s cluster', () => {
    const others = (): Promise<Target> => startTarget({ kind: 'endpoints', connection: target.connection }, { clock });

    it('refuses a prefix that is in use, and leaves what is there', async () => {
      await control.put({ key: '/mine/x', value: new Uint8Array([1]) });
      await expect(run('event-flood', { prefix: '/mine' })).rejects.toThrow(
        new OperationError(
          '/mine/ holds 1 keys already: choose another --prefix, or delete them (etcdctl del --prefix /mine/)',
        ),
      );
      expect((await control.range({ key: '/mine/x' })).count).toBe(1);
      await control.deleteRange({ key: '/mine/x' });
    });

    it('refuses one that holds Kubernetes unless it is told', async () => {
      await control.put({ key: '/registry/pods/default/x', value: new Uint8Array([1]) });
      await expect(run('event-flood', { target: await others() })).rejects.toThrow(UsageError);
      const parts = await run('event-flood', { target: await others(), allowKubernetes: true, durationS: 1 });
      expect(parts.partial).toBe(false);
      expect((await control.range({ key: '/registry/pods/default/x' })).count).toBe(1);
      await control.deleteRange({ key: '/registry/pods/default/x' });
    });

    it('does no harm to members that it has not started', async () => {
      await expect(run('leader-loss', { target: await others() })).rejects.toThrow(
        /kill-leader.*only done to members started here/,
      );
    });
  });
});

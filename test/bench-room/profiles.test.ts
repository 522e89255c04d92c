import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dryRun, loadProfile, profileNames, profileText } from '../../src/bench/index.ts';
import { judge } from '../../src/core/gate/index.ts';
import type { Run } from '../../src/core/run/index.ts';
import { profileJsonSchema } from '../../src/core/workload/index.ts';
import { buildRun } from '../support/run-builder.ts';

describe('the shipped profiles', () => {
  it.each(profileNames())('%s is whole, named after its file, and can be planned', (name) => {
    const profile = loadProfile(name);
    expect(profile.name).toBe(name);
    const { sources } = dryRun({ profile, seed: 1, durationS: 5 });
    expect(sources.some(({ requestsPerS, clients }) => (requestsPerS ?? 0) > 0 || (clients ?? 0) > 0)).toBe(true);
  });

  it.each(profileNames())('%s says of every number where it comes from', (name) => {
    const bare = profileText(name)
      .split('\n')
      // Names of objects and sources, and prose, may hold digits; numbers are what follows a colon, brace or bracket.
      .filter((line) => /[:[{,]\s*\d/.test(line) && !/^\s*(schemaVersion|description|value|name):/.test(line))
      .filter((line) => !line.includes('#') && !line.includes('source:'));
    expect(bare).toEqual([]);
  });

  /** A run without a disk probe, in which every class that the thresholds name was measured. */
  const measured = (name: string, total: Partial<Run['total']> = {}): Run => {
    const { disk: _disk, ...run } = buildRun({ durationS: 3 });
    const whole = { ...run.total, ...total };
    const thresholds = loadProfile(name).thresholds.map(({ metric, comparison, value }) => ({
      metric,
      comparison,
      value,
    }));
    const classes = thresholds.flatMap(({ metric }) => /^operations\.([^.]+)\./.exec(metric)?.[1] ?? []);
    const operations = Object.fromEntries(classes.map((each) => [each, whole]));
    return { ...run, total: whole, operations, profile: { ...run.profile, name, thresholds } };
  };

  it.each(profileNames())('%s promises nothing that is not measured', (name) => {
    const { reasons } = judge(measured(name));
    expect(reasons.filter(({ text }) => text.includes('not measured'))).toEqual([]);
  });

  it('quota-fill holds where most writes are refused, as they must be', () => {
    expect(judge(measured('quota-fill', { scheduled: 1_000, completed: 400, errors: 600 })).verdict).toBe('pass');
    expect(judge(measured('quota-fill', { scheduled: 1_000, completed: 1_000, errors: 0 })).verdict).toBe('fail');
    expect(judge(measured('quota-fill', { scheduled: 1_000, completed: 0, errors: 1_000 })).verdict).toBe('fail');
  });

  it('come with their schema beside them, as it is', () => {
    const published = readFileSync(join(import.meta.dirname, '../../profiles/profile.schema.json'), 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(profileJsonSchema())));
  });

  it('are sized by nodes and pods', () => {
    const rate = (nodes: number) =>
      dryRun({ profile: loadProfile('steady-state', { nodes, pods: 10 }), seed: 1 }).sources.find(
        ({ source }) => source === 'heartbeats',
      )?.requestsPerS;
    expect([rate(100), rate(5_000)]).toEqual([10, 500]);
    expect(loadProfile('steady-state', { pods: 123 }).objects['running-pod']?.preload).toBe(123);
  });
});

describe('dryRun', () => {
  it('refuses a rate that no generator sends, before it works out what that would be', () => {
    const profile = loadProfile('event-flood');
    expect(() => dryRun({ profile, seed: 1, rateScale: 1e9 })).toThrow(
      /^event-flood: source "events" would send [\d,]+\/s; the most is 2,000,000\/s$/,
    );
  });
});

describe('loadProfile', () => {
  it('names what there is when a name is unknown', () => {
    expect(() => loadProfile('kubectl-storm')).toThrow(/no profile "kubectl-storm"; there are .*kubectl-apply-storm/);
  });

  it('takes a file, and names what is wrong with it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'etcdmark-test-'));
    try {
      const file = join(directory, 'mine.yaml');
      writeFileSync(file, profileText('mixed-read-write'));
      expect(loadProfile(file).name).toBe('mixed-read-write');
      writeFileSync(file, 'a: [');
      expect(() => loadProfile(file)).toThrow(/mine.yaml: is not YAML: /);
      expect(() => loadProfile(join(directory, 'none.yaml'))).toThrow(/none.yaml cannot be read: ENOENT/);
      expect(() => loadProfile(`${directory}/`)).toThrow(/is not a file/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

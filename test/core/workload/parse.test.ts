import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.ts';
import { parseProfile, profileJsonSchema } from '../../../src/core/workload/index.ts';
import { constant } from './profiles.ts';

const MINIMAL = {
  schemaVersion: 1,
  name: 'x',
  description: 'd',
  phases: [{ name: 'a', kind: 'hold', duration: '5s' }],
};
const parse = (change: Record<string, unknown>) => parseProfile({ ...MINIMAL, ...change }, 'x.yaml');
const source = (change: Record<string, unknown>) =>
  parse({ sources: [{ name: 'q', model: 'get', object: 'pod', arrivals: constant('5/s'), ...change }] });

describe('parseProfile', () => {
  it('reads quantities in their units', () => {
    const { phases, sources } = parse({
      phases: [{ name: 'a', kind: 'ramp', duration: '1.5m', from: 0, to: 2 }],
      sources: [{ name: 'q', model: 'count', object: 'pod', arrivals: constant('6/min') }],
    });
    expect(phases[0]).toMatchObject({ duration: 90_000 });
    expect(sources[0]?.arrivals).toEqual({ kind: 'constant', rate: 0.1 });
  });

  it.each<[string, () => unknown, string]>([
    [
      'an unknown unit',
      () => parse({ phases: [{ name: 'a', kind: 'hold', duration: '5sec' }] }),
      'x.yaml: phases.0.duration: unknown unit "sec" in duration "5sec": write a number and one of ms, s, m, h',
    ],
    [
      'a number without a unit',
      () => parse({ phases: [{ name: 'a', kind: 'hold', duration: 5 }] }),
      'x.yaml: phases.0.duration: a duration is a text with a unit, such as "10s"',
    ],
    [
      'a key misspelt in a phase',
      () => parse({ phases: [{ name: 'a', kind: 'hold', duration: '5s', levl: 3 }] }),
      'x.yaml: phases.0: unknown key "levl"; allowed: kind, name, duration, level',
    ],
    [
      'a key misspelt at the top, before what is missing for it',
      () => parse({ phases: undefined, fases: [] }),
      'x.yaml: unknown key "fases"; allowed: schemaVersion, name, description, include, cluster, warmup, phases, objects, sources, watches, actions, thresholds, memberFlags',
    ],
    [
      'a key that another model has',
      () => source({ page: 500 }),
      'x.yaml: sources.0: unknown key "page"; allowed: model, name, arrivals, object, pace, per',
    ],
    [
      'an unknown model',
      () => source({ model: 'gett' }),
      'x.yaml: sources.0.model: unknown value "gett"; allowed: apply, update, create, pod, get, list, cached-list, count, mixed, lease, masterlease, compact, status, health',
    ],
    [
      'an unknown word',
      () => source({ pace: 'fast' }),
      'x.yaml: sources.0.pace: unknown value "fast"; allowed: phases, steady',
    ],
    ['what is missing', () => parse({ description: undefined }), 'x.yaml: description: missing'],
    [
      'a phase of no time',
      () => parse({ phases: [{ name: 'a', kind: 'pause', duration: '0s' }] }),
      'x.yaml: phases.0.duration: a phase lasts longer than nothing',
    ],
    [
      'a threshold on what is no figure',
      () => parse({ thresholds: [{ metric: 'total.responseMs.p98', comparison: '<', value: 1 }] }),
      'x.yaml: thresholds.0.metric: a metric is total or operations.CLASS and a figure, such as total.responseMs.p99',
    ],
    [
      'a newer version',
      () => parse({ schemaVersion: 2 }),
      'x.yaml: schemaVersion 2 is newer than 1, the newest that this program knows',
    ],
    [
      'sizes in the wrong order',
      () => parse({ objects: { pod: { resource: 'pods', size: { p50: '4KiB', p99: '2KiB', max: '8KiB' } } } }),
      'x.yaml: objects.pod.size: size needs p50 <= p99 <= max',
    ],
    [
      'a value smaller than its stamp',
      () => parse({ objects: { pod: { resource: 'pods', size: '10B' } } }),
      'x.yaml: objects.pod.size: a value has 24 B to 1571840 B',
    ],
  ])('refuses %s by name', (_, act, message) => {
    expect(act).toThrow(new UsageError(message));
  });

  it.each([null, 'text', 5, [], {}])('refuses %j, which is no profile', (data) => {
    expect(() => parseProfile(data, 'x.yaml')).toThrow(UsageError);
  });
});

describe('profileJsonSchema', () => {
  it('refuses what the parser refuses, and lets units be seen', () => {
    const schema = JSON.stringify(profileJsonSchema());
    expect(schema).toContain('"additionalProperties":false');
    expect(schema).toContain('A duration: a number and one of ms, s, m, h');
    expect(profileJsonSchema()['required']).toEqual(['schemaVersion', 'name', 'description', 'phases']);
  });
});

import { describe, expect, it } from 'vitest';
import {
  composeProfile,
  measuredMs,
  parseProfile,
  scaleRates,
  stretchProfile,
} from '../../../src/core/workload/index.ts';
import type { Profile } from '../../../src/core/workload/index.ts';
import { constant, PODS, profileOf } from './profiles.ts';

const PHASES = [{ name: 'hold', kind: 'hold', duration: '10s' }];
const parse = (name: string, parts: Record<string, unknown>): Profile =>
  parseProfile({ schemaVersion: 1, name, description: name, phases: PHASES, ...parts }, name);

const base = parse('base', {
  objects: { pod: { ...PODS, preload: 10 } },
  sources: [
    { name: 'get', model: 'get', object: 'pod', arrivals: constant('100/s') },
    { name: 'loop', model: 'get', object: 'pod', arrivals: { kind: 'closed', clients: 40 } },
  ],
  watches: [{ name: 'watch', object: 'pod', count: 8 }],
});
const lookup =
  (...profiles: Profile[]) =>
  (name: string) =>
    profiles.find((profile) => profile.name === name);

describe('composeProfile', () => {
  it('adds what it includes, with rates and counts scaled', () => {
    const whole = composeProfile(parse('top', { include: [{ profile: 'base', scale: 0.25 }] }), lookup(base));
    expect(whole.include).toEqual([]);
    expect(whole.sources.map((source) => source.arrivals)).toEqual([
      { kind: 'constant', rate: 25 },
      { kind: 'closed', clients: 10 },
    ]);
    expect(whole.objects['pod']).toMatchObject({ count: 25, preload: 3 });
    expect(whole.watches[0]?.count).toBe(2);
  });

  it('scales through the levels of an include', () => {
    const middle = parse('middle', { include: [{ profile: 'base', scale: 0.5 }] });
    const whole = composeProfile(parse('top', { include: [{ profile: 'middle', scale: 0.1 }] }), lookup(base, middle));
    expect(whole.sources[0]?.arrivals).toEqual({ kind: 'constant', rate: 5 });
  });

  it.each<[string, Profile, string]>([
    ['an unknown part', parse('top', { include: [{ profile: 'none' }] }), 'top: includes the unknown profile "none"'],
    ['itself', parse('top', { include: [{ profile: 'top' }] }), 'top: includes itself: top > top'],
    [
      'two sources of one name',
      parse('top', { include: [{ profile: 'base' }], sources: base.sources.map(asWritten) }),
      'top: sources "get" stands in the included profile "base" too',
    ],
    [
      'two of its own sources of one name',
      parse('top', { objects: { pod: PODS }, sources: [base.sources[0]!, base.sources[0]!].map(asWritten) }),
      'top: sources: "get" stands there twice',
    ],
    [
      'two phases of one name',
      parse('top', { include: [{ profile: 'base' }], phases: [...PHASES, ...PHASES] }),
      'top: phases: "hold" stands there twice',
    ],
    [
      'an action after the load',
      parse('top', { include: [{ profile: 'base' }], actions: [{ at: '10s', do: 'defragment' }] }),
      'top: action "defragment" is due at 10 s, and the phases end at 10 s',
    ],
    ['no source at all', parse('top', {}), 'top: sources: none, here or included'],
    [
      'an object that is not there',
      parse('top', { sources: [{ name: 'a', model: 'count', object: 'nod', arrivals: constant('1/s') }] }),
      'top: source "a" names the unknown object "nod"; known: ',
    ],
    [
      'a choice among none',
      parse('top', {
        objects: { pod: { resource: 'pods', size: '1KiB' } },
        sources: [{ name: 'a', model: 'get', object: 'pod', arrivals: constant('1/s') }],
      }),
      'top: source "a" chooses among objects, and object "pod" has count 0',
    ],
  ])('refuses %s', (_, profile, message) => {
    expect(() => composeProfile(profile, lookup(base, profile))).toThrow(message);
  });
});

function asWritten(source: Profile['sources'][number]): Record<string, unknown> {
  return { ...source, arrivals: constant('1/s') };
}

describe('fitting a profile', () => {
  const profile = profileOf({
    warmup: '4s',
    phases: [
      { name: 'a', kind: 'ramp', duration: '5s', from: 0, to: 1 },
      { name: 'b', kind: 'hold', duration: '15s' },
    ],
    objects: { pod: PODS },
    sources: [{ name: 'get', model: 'get', object: 'pod', arrivals: constant('100/s') }],
    actions: [{ at: '10s', do: 'defragment' }],
  });

  it('squeezes phases and warm-up to a duration', () => {
    const short = stretchProfile(profile, 5_000);
    expect(measuredMs(short)).toBe(5_000);
    expect(short.warmup).toBe(1_000);
    expect(short.actions[0]?.at).toBe(2_500);
  });

  it('does not stretch the warm-up with the rest', () => {
    expect(stretchProfile(profile, 200_000).warmup).toBe(4_000);
  });

  it('multiplies rates and leaves the objects alone', () => {
    const twice = scaleRates(profile, 2);
    expect(twice.sources[0]?.arrivals).toEqual({ kind: 'constant', rate: 200 });
    expect(twice.objects).toEqual(profile.objects);
  });
});

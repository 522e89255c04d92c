/**
 * What the shipped profiles send against what a real kube-apiserver sent (test/golden/kubernetes/kube-apiserver.json, made by
 * test/fidelity/main.mjs), shape by shape and both ways round.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadProfile, profileNames } from '../../src/bench/index.ts';
import { keyspaceOf, modelOf, newLedger } from '../../src/core/workload/index.ts';
import type { Source } from '../../src/core/workload/index.ts';
import { PODS, constant, profileOf } from '../core/workload/profiles.ts';
import { Store } from '../core/workload/store.ts';
import { walk } from '../core/workload/walk.ts';
import { shapesOfProfile } from './profile-shapes.ts';
import type { Distilled } from './record.ts';

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../golden/kubernetes/kube-apiserver.json'), 'utf8'),
) as Distilled;

/** Load of other clients of etcd: benchmarks, lock holders, registries of services. */
const NOT_OF_AN_APISERVER: ReadonlySet<Source['model']> = new Set(['mixed', 'lease']);

/** Sent by us, never seen: why all the same. */
const NOT_RECORDED: Readonly<Record<string, string>> = {
  'Watch WatchCreate <object> startRevision=rev prevKv +hasleader':
    'a client without an apiserver between: kube-apiserver 1.34 serves watches of one object from its cache',
};

/** Seen, never sent by us: why not. */
const NOT_SENT: Readonly<Record<string, string>> = {
  'Range <compactor>': 'once when an apiserver begins',
  'Watch WatchCreate <compactor> startRevision=rev': 'once when an apiserver begins',
  'Range <prefix>.. limit=10000 +hasleader': 'once when a watch of events begins',
  'Watch WatchCancel +hasleader': 'once when a watch of events ends',
  'Watch WatchCancel watchId=id +hasleader': 'once when a watch of events ends',
  'Txn compare=[EQUAL MOD <object> modRevision=0] success=[Put <object> value] failure=[Range <object>]':
    'once when an apiserver begins on an empty etcd: its range of node ports',
};

const profiles = profileNames().map((name) => loadProfile(name));
const recordedShapes = new Set(Object.values(recorded.scenarios).flatMap(({ shapes }) => Object.keys(shapes)));

describe('the profiles and a real kube-apiserver', () => {
  it.each(profiles.map((profile) => [profile.name, profile] as const))('%s sends nothing else', (_, profile) => {
    const strange = [...shapesOfProfile(profile, NOT_OF_AN_APISERVER)].filter(
      ([shape]) => !recordedShapes.has(shape) && NOT_RECORDED[shape] === undefined,
    );
    expect(strange).toEqual([]);
  });

  it('leave nothing out that it sends, but for what is listed with its reason', () => {
    const sent = new Set(profiles.flatMap((profile) => [...shapesOfProfile(profile, NOT_OF_AN_APISERVER).keys()]));
    const missing = [...recordedShapes].filter((shape) => !sent.has(shape));
    expect(missing.sort()).toEqual(Object.keys(NOT_SENT).sort());
    expect(Object.keys(NOT_RECORDED).filter((shape) => !sent.has(shape) || recordedShapes.has(shape))).toEqual([]);
  });

  it('write a pod and its Job as often', () => {
    const arrivals = constant('1/s');
    const job = { resource: 'jobs', size: '2KiB' };
    // kwok tells a pod's state twice before its end.
    const source = { model: 'pod', object: 'pod', ownerObject: 'job', statusWrites: 2, events: 0 };
    const times = { bindAfter: '1s', statusEvery: '1s', runFor: '1s' };
    const profile = profileOf({ objects: { pod: PODS, job }, sources: [{ name: 's', arrivals, ...source, ...times }] });
    const context = { keyspace: keyspaceOf(profile, '/registry', 1), ledger: newLedger(), mayCompact: true };
    const script = modelOf(profile.sources[0]!, context)({ atMs: 0, source: 0, sequence: 0, object: 0, chance: 0 });
    const { calls } = walk(script, new Store(), context.ledger);
    const deeds = (resource: string): string[] =>
      calls.flatMap((call) => (call.class.endsWith(` ${resource}`) ? [call.class.split(' ')[0]!] : []));
    expect(deeds('jobs')).toEqual(stepsOf(lifeOf('jobs')));
    // Reads of a pod are of its garbage collection, which looks more often than once.
    const writes = (steps: string[]): string[] => steps.filter((step) => step !== 'get');
    expect(writes(deeds('pods'))).toEqual(writes(stepsOf(lifeOf('pods'))));
  });

  it('write objects of the size that was recorded', () => {
    const wrong: string[] = [];
    for (const { name, objects } of profiles) {
      for (const [object, { resource, size }] of Object.entries(objects)) {
        const created = recorded.sizes[resource]?.created;
        if (created === undefined || !JUDGED_BY_SIZE.has(resource)) continue;
        const middle = typeof size === 'number' ? size : size.p50;
        if (Math.abs(middle / created.p50 - 1) > 0.05)
          wrong.push(`${name} ${object}: ${middle} B, recorded ${created.p50} B`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** What Kubernetes makes of itself; the size of the others is their authors' choice. */
const JUDGED_BY_SIZE = new Set(['events', 'jobs', 'leases/kube-node-lease', 'leases/kube-system', 'masterleases']);

/** The most frequent life of a resource. */
function lifeOf(resource: string): string {
  return Object.keys(recorded.lives[resource]!)[0]!;
}

/** `create, 4 update` in full. */
function stepsOf(life: string): string[] {
  return life.split(', ').flatMap((run) => {
    const [, count = '1', step = ''] = /^(?:(\d+) )?(.*)$/.exec(run) ?? [];
    return Array.from({ length: Number(count) }, () => step);
  });
}

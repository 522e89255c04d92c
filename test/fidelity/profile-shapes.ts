/** The shapes of all that a profile sends: its models walked against a store, its watches as they are opened. */
import { keyspaceOf, modelOf, newLedger, watchRequest } from '../../src/core/workload/index.ts';
import type { Call, Keyspace, Operation, Profile, Source } from '../../src/core/workload/index.ts';
import { METHODS } from '../../src/core/api/index.ts';
import type { MessageInput, MessageName } from '../../src/core/api/index.ts';
import { codecs } from '../../src/wire/messages/index.ts';
import { Store } from '../core/workload/store.ts';
import { walk } from '../core/workload/walk.ts';
import { shapeOf } from './shape.ts';
import type { KeyNames } from './shape.ts';

/** Enough for every branch of a model. */
const OPERATIONS = 40;
/** More than one page of a list. */
const MOST_PRELOADED = 600;
const PREFIX = '/etcdmark/registry';
/** As the load client sends it with every watch. */
const WATCH_METADATA = new Map([['hasleader', 'true']]);

/** By shape: the sources and watches that send it. */
export function shapesOfProfile(profile: Profile, leaveOut: ReadonlySet<Source['model']>): Map<string, string[]> {
  const keyspace = keyspaceOf(profile, PREFIX, 1);
  const names: KeyNames = { prefixes: new Set(keyspace.objects.map(({ resourcePrefix }) => resourcePrefix)) };
  const shapes = new Map<string, string[]>();
  const add = (who: string, shape: string): void => {
    const known = shapes.get(shape);
    if (known === undefined) shapes.set(shape, [who]);
    else if (!known.includes(who)) known.push(who);
  };
  for (const [number, source] of profile.sources.entries()) {
    if (leaveOut.has(source.model)) continue;
    for (const call of callsOf(profile, source, number, keyspace)) {
      add(source.name, shapeOf(call.method, asSent(METHODS[call.method].request, call.request), names));
    }
  }
  for (const watch of profile.watches) {
    const space = keyspace.of(watch.object);
    const key = watch.scope === 'all' ? space.resourcePrefix : space.keyOf(0);
    const requests: MessageInput<'WatchRequest'>[] = [
      { createRequest: watchRequest(key, 1, watch.cached) },
      ...(watch.progressEvery === undefined ? [] : [{ progressRequest: {} }]),
    ];
    for (const each of requests) add(watch.name, shapeOf('watch', asSent('WatchRequest', each), names, WATCH_METADATA));
  }
  return shapes;
}

/** Through the wire and back, so that no default is left out or put in. */
function asSent<M extends MessageName>(name: M, message: unknown): unknown {
  return codecs[name].decode(codecs[name].encode(message as never));
}

function callsOf(profile: Profile, source: Source, number: number, keyspace: Keyspace): Call[] {
  const store = new Store();
  const ledger = newLedger();
  for (const space of keyspace.objects) {
    for (let object = 0; object < Math.min(MOST_PRELOADED, space.kind.preload); object++) {
      store.put(space.keyOf(object), Uint8Array.of(1));
      ledger.acknowledged({ kind: 'create', space: space.number, object }, store.revision);
    }
  }
  const model = modelOf(source, { keyspace, ledger, mayCompact: true });
  return Array.from({ length: OPERATIONS }, (_, n): Operation => {
    // Two operations each, so that what is there is met as well as what is not.
    const object = (n >> 1) % Math.max(1, countOf(profile, source));
    return { atMs: n * 1_000, source: number, sequence: n, object, chance: (n % 10) / 10 };
  }).flatMap((operation) => walk(model(operation), store, ledger).calls);
}

/** Of the objects that a source chooses among. */
function countOf(profile: Profile, source: Source): number {
  const count = 'object' in source ? (profile.objects[source.object]?.count ?? 0) : 0;
  return count === 0 ? Infinity : count;
}

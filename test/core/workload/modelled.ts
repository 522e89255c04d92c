/** A source's model walked against a store, and its requests as shapes. */
import { keyspaceOf, modelOf, newLedger } from '../../../src/core/workload/index.ts';
import type { Call, Operation } from '../../../src/core/workload/index.ts';
import { PODS, constant, profileOf } from './profiles.ts';
import { Store } from './store.ts';
import { walk } from './walk.ts';

export const LEASE = { ttl: '1h', reuseFor: '60s', reuseObjects: 3 };
export const arrivals = constant('1/s');
export const OBJECTS = {
  pod: PODS,
  job: { resource: 'jobs', size: '2KiB' },
  event: { resource: 'events', size: '900B' },
  masterlease: { resource: 'masterleases', count: 2, size: '62B' },
};

const isByteSource = (value: unknown): boolean => typeof value === 'object' && value !== null && 'writeTo' in value;

/** The shape of a request, without its values: what the contract fixes. */
export function shape(call: Call): unknown {
  return JSON.parse(
    JSON.stringify({ method: call.method, ...call.request }, (name, value: unknown) => {
      if (value instanceof Uint8Array || isByteSource(value)) return '<value>';
      if (typeof value === 'bigint') return `lease ${value}`;
      return name === 'key' ? String(value).replace(/-\d+-\w{7}$/, '-N') : value;
    }),
  );
}

export function setUp(source: Record<string, unknown>) {
  const profile = profileOf({ objects: OBJECTS, sources: [{ name: 's', arrivals, ...source }] });
  const context = { keyspace: keyspaceOf(profile, '/p/registry', 1), ledger: newLedger(), mayCompact: true };
  const model = modelOf(profile.sources[0]!, context);
  const store = new Store();
  let sequence = 0;
  const run = (change: Partial<Operation> = {}, before?: (call: Call, nth: number) => void) =>
    walk(
      model({ atMs: 0, source: 0, sequence: sequence++, object: 4, chance: 0.5, ...change }),
      store,
      context.ledger,
      before,
    );
  return { run, store, context, key: context.keyspace.of('pod').keyOf(4), space: context.keyspace.of('pod') };
}

export const MOD = { result: 0, target: 2 };

/** What a profile would send, without sending it: requests a second and bytes, by source. */
import { byteStringOf } from '../../base/bytes.ts';
import type { ByteString } from '../../base/bytes.ts';
import type { Keyspace } from './keyspace.ts';
import type { Call } from './call.ts';
import { newLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { modelOf } from './models/index.ts';
import { planOperations } from './plan.ts';
import type { Profile } from './profile.ts';

export interface SourceEstimate {
  readonly source: string;
  /** Operations of the whole run; undefined for a closed loop, which sends as many as are answered. */
  readonly operations: number | undefined;
  /** Requests of the whole run, conflicts and retries left out. */
  readonly requests: number | undefined;
  readonly requestsPerS: number | undefined;
  /** Bytes of the values written. */
  readonly writtenBytes: number | undefined;
  /** Clients of a closed loop. */
  readonly clients: number | undefined;
}

/**
 * Walks every operation against answers that say yes: each object that is asked for is there when it was preloaded or
 * written before.
 */
export function estimateLoad(profile: Profile, keyspace: Keyspace, seed: number): SourceEstimate[] {
  const ledger = newLedger();
  const context = { keyspace, ledger, mayCompact: true };
  const there = new Set<ByteString>();
  for (const space of keyspace.objects) {
    for (let object = 0; object < space.kind.preload; object++) {
      ledger.acknowledged({ kind: 'create', space: space.number, object }, 1);
      there.add(space.keyOf(object));
    }
  }
  const models = profile.sources.map((source) => modelOf(source, context));
  const sums = profile.sources.map(() => ({ operations: 0, requests: 0, writtenBytes: 0 }));
  const plan = planOperations(profile, seed);
  for (let operation = plan.next(); operation !== undefined; operation = plan.next()) {
    const sum = sums[operation.source]!;
    sum.operations++;
    const script = models[operation.source]!(operation);
    let step = script.next(undefined, 0);
    while (step.kind !== 'done') {
      if (step.kind !== 'send') {
        step = script.next(undefined, 0);
        continue;
      }
      sum.requests++;
      sum.writtenBytes += valueBytes(step.call);
      step = script.next(yes(step.call, keyspace, ledger, there), 0);
    }
  }
  const seconds = plan.durationMs / 1_000;
  return profile.sources.map((source, i) => {
    const { operations, requests, writtenBytes } = sums[i]!;
    if (source.arrivals.kind === 'closed') {
      const limit = source.arrivals.rate;
      return {
        source: source.name,
        operations: undefined,
        requests: undefined,
        requestsPerS: limit,
        writtenBytes: undefined,
        clients: source.arrivals.clients,
      };
    }
    return {
      source: source.name,
      operations,
      requests,
      requestsPerS: requests / seconds,
      writtenBytes,
      clients: undefined,
    };
  });
}

function yes(call: Call, { spaces }: Keyspace, ledger: Ledger, there: Set<ByteString>) {
  const modRevision = call.method === 'range' && there.has(byteStringOf(call.request.key ?? '')) ? 1 : 0;
  if (call.write !== undefined) {
    ledger.acknowledged(call.write, 1);
    const key = spaces[call.write.space]!.keyOf(call.write.object);
    if (call.write.kind === 'delete') there.delete(key);
    else there.add(key);
  }
  const kvs = modRevision > 0 ? 1 : 0;
  return { revision: 1, succeeded: true, modRevision, kvs, count: kvs, more: false, lastKey: '', leaseId: 1n, ttlS: 1 };
}

function valueBytes(call: Call): number {
  if (call.method === 'put') return call.request.value?.length ?? 0;
  if (call.method !== 'txn') return 0;
  return (call.request.success ?? []).reduce((sum, op) => {
    if (op instanceof Uint8Array || op.requestPut === undefined || op.requestPut instanceof Uint8Array) return sum;
    return sum + (op.requestPut.value?.length ?? 0);
  }, 0);
}

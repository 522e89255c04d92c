/** What a member's store holds, against what was agreed: every key with all its fields, revisions and leases. */
import { byteStringFrom } from '../../src/base/bytes.ts';
import type { Store } from '../../src/core/mvcc/index.ts';
import { codecs } from '../../src/wire/messages/index.ts';
import type { AgreedStore } from './agreed-store.ts';

/** The first difference; undefined where there is none. Only for a member that has applied everything. */
export function differenceFrom(agreed: AgreedStore, store: Store): string | undefined {
  if (store.currentRevision !== agreed.revision) return `revision ${store.currentRevision}, not ${agreed.revision}`;
  if (store.compactRevision !== agreed.compactRevision) {
    return `compacted at ${store.compactRevision}, not ${agreed.compactRevision}`;
  }
  const request = codecs.RangeRequest.decode(codecs.RangeRequest.encode({ key: '\0', rangeEnd: '\0' }));
  const held = store.range(request).kvs.map((bytes) => {
    const kv = codecs.KeyValue.decode(bytes);
    return { ...kv, value: byteStringFrom(kv.value) };
  });
  const expected = agreed.state();
  for (let i = 0; i < Math.max(held.length, expected.length); i++) {
    const [one, other] = [show(held[i]), show(expected[i])];
    if (one !== other) return `${one}, not ${other}`;
  }
  const leases = store.lessor.list().sort(compare).join();
  const agreedLeases = [...agreed.leases].sort(compare).join();
  if (leases !== agreedLeases) return `leases ${leases}, not ${agreedLeases}`;
  for (const id of agreed.leases) {
    const keys = store.lessor.keysOf(id).join();
    const agreedKeys = expected.filter(({ lease }) => lease === id).map(({ key }) => key);
    if (keys !== agreedKeys.join()) return `lease ${id} with keys ${keys}, not ${agreedKeys.join()}`;
  }
  return undefined;
}

interface Kv {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
}

function show(kv: Kv | undefined): string {
  if (kv === undefined) return 'nothing';
  return `${kv.key}=${kv.value} (${kv.createRevision}, ${kv.modRevision}, ${kv.version}, lease ${kv.lease})`;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

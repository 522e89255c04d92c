/** Answers and events of the store in the model's terms. */
import { byteStringFrom } from '../../../src/base/bytes.ts';
import { decodeKeyValue } from '../../../src/core/api/key-value.ts';
import type { RevisionEvents } from '../../../src/core/mvcc/index.ts';
import type { Backend } from '../../../src/base/backend.ts';
import type { ModelEvent, ModelKv } from './model-store.ts';

export function plainKv(bytes: Uint8Array): ModelKv {
  const kv = decodeKeyValue(bytes);
  return { ...kv, value: byteStringFrom(kv.value) };
}

/** A response with its KeyValues decoded, without absent fields and the header's fields that the server fills. */
export function plain(response: unknown): unknown {
  if (response instanceof Uint8Array) return plainKv(response);
  if (Array.isArray(response)) return response.map(plain);
  if (typeof response !== 'object' || response === null) return response;
  const entries = Object.entries(response).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      name === 'header' ? { revision: (value as { revision: number }).revision } : plain(value),
    ]),
  );
}

export function plainEvents(applied: RevisionEvents | undefined, backend: Backend): ModelEvent[] {
  return (applied?.events ?? []).map((event) => {
    const prev = event.prevMain === 0 ? undefined : backend.getRevision(event.prevMain, event.prevSub);
    return {
      revision: applied!.revision,
      type: event.isDelete ? 'DELETE' : 'PUT',
      kv: plainKv(event.kv),
      prevKv: prev === undefined ? undefined : plainKv(prev),
    };
  });
}

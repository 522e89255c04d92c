/** The content of an in-memory backend, and the writes that change it. */
import { BUCKETS, type Bucket } from '../../base/backend.ts';
import type { ByteString } from '../../base/bytes.ts';
import { emptyBuckets, type BucketMaps } from './bucket-maps.ts';
import { RevisionTable } from './revision-table.ts';

/** What an entry costs beside its bytes: about a bbolt leaf element and its key. */
const ENTRY_OVERHEAD_BYTES = 34;

export interface MemoryState {
  readonly buckets: BucketMaps;
  readonly revisions: RevisionTable;
  consistentIndex: number;
  consistentTerm: number;
}

export type Write =
  | { readonly what: 'put'; readonly bucket: Bucket; readonly key: ByteString; readonly value: Uint8Array }
  | { readonly what: 'delete'; readonly bucket: Bucket; readonly key: ByteString }
  | {
      readonly what: 'putRevision';
      readonly main: number;
      readonly sub: number;
      readonly tombstone: boolean;
      readonly kv: Uint8Array;
    }
  | { readonly what: 'deleteRevision'; readonly main: number; readonly sub: number };

export function emptyState(): MemoryState {
  return { buckets: emptyBuckets(), revisions: new RevisionTable(), consistentIndex: 0, consistentTerm: 0 };
}

/** A copy that later writes to either do not reach; the bytes, which nobody changes, are shared. */
export function cloneState(state: MemoryState): MemoryState {
  const copy = { ...emptyState(), revisions: state.revisions.clone() };
  for (const bucket of BUCKETS) {
    state.buckets[bucket].scan('', undefined, (key, value) => {
      copy.buckets[bucket].set(key, value);
    });
  }
  copy.consistentIndex = state.consistentIndex;
  copy.consistentTerm = state.consistentTerm;
  return copy;
}

export function applyTo(state: MemoryState, write: Write): void {
  switch (write.what) {
    case 'put':
      state.buckets[write.bucket].set(write.key, write.value);
      return;
    case 'delete':
      state.buckets[write.bucket].delete(write.key);
      return;
    case 'putRevision':
      state.revisions.append(write.main, write.sub, write.tombstone, write.kv);
      return;
    case 'deleteRevision':
      state.revisions.remove(write.main, write.sub);
  }
}

/** Bytes of all revisions with their overhead; the small buckets do not count. */
export function stateBytes(state: MemoryState): number {
  return state.revisions.bytes + state.revisions.size * ENTRY_OVERHEAD_BYTES;
}

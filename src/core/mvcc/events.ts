/** What one applied request changed, in the order of the changes. */
import type { ByteString } from '../../base/bytes.ts';

/** One change of one key. */
export interface StoreEvent {
  readonly isDelete: boolean;
  readonly key: ByteString;
  /** The encoded KeyValue as the store keeps it; of a deletion, key and mod_revision only. */
  readonly kv: Uint8Array;
  /** Where the value before this revision is stored; 0 where there was none. */
  readonly prevMain: number;
  readonly prevSub: number;
}

/** All changes of one revision. */
export interface RevisionEvents {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
}

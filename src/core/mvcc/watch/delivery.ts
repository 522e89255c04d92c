/** What a watch stream sends: a WatchResponse whose events are already encoded, for the server to complete and splice. */
import type { StoreEvent } from '../events.ts';
import { EventType } from '../../api/index.ts';
import { varintSize, writeVarint } from '../../api/varint.ts';

/** Fields as in etcdserverpb.WatchResponse. */
export interface WatchDelivery {
  readonly watchId: bigint;
  /** For the header; 0 in a cancellation for compaction. */
  readonly revision: number;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly fragment: boolean;
  /** Encoded mvccpb.Events. */
  readonly events: readonly Uint8Array[];
}

/** The id of failed creations and of answers to a progress request. */
export const NO_WATCH_ID = -1n;

const NOTHING: Omit<WatchDelivery, 'watchId' | 'revision'> = {
  created: false,
  canceled: false,
  compactRevision: 0,
  cancelReason: '',
  fragment: false,
  events: [],
};

export function delivery(watchId: bigint, revision: number, rest: Partial<WatchDelivery> = {}): WatchDelivery {
  return { ...NOTHING, watchId, revision, ...rest };
}

/** The same for events, which are the most frequent by far. */
export function eventDelivery(watchId: bigint, revision: number, events: readonly Uint8Array[]): WatchDelivery {
  return {
    created: false,
    canceled: false,
    compactRevision: 0,
    cancelReason: '',
    fragment: false,
    events,
    watchId,
    revision,
  };
}

const TAG_TYPE = 1 << 3;
const TAG_KV = (2 << 3) | 2;
const TAG_PREV_KV = (3 << 3) | 2;

/** mvccpb.Event as bytes. */
export function encodeEvent(event: StoreEvent, prevKv: Uint8Array | undefined): Uint8Array {
  const { kv } = event;
  let size = (event.isDelete ? 2 : 0) + 1 + varintSize(kv.length) + kv.length;
  if (prevKv !== undefined) size += 1 + varintSize(prevKv.length) + prevKv.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  if (event.isDelete) {
    bytes[at++] = TAG_TYPE;
    bytes[at++] = EventType.DELETE;
  }
  at = writeField(TAG_KV, kv, bytes, at);
  if (prevKv !== undefined) writeField(TAG_PREV_KV, prevKv, bytes, at);
  return bytes;
}

function writeField(tag: number, field: Uint8Array, into: Uint8Array, offset: number): number {
  into[offset] = tag;
  const at = writeVarint(field.length, into, offset + 1);
  into.set(field, at);
  return at + field.length;
}

/** Bytes that an event takes in a WatchResponse. */
function sizeInResponse(event: Uint8Array): number {
  return 1 + varintSize(event.length) + event.length;
}

/** Room for a response's header and its other fields. */
const RESPONSE_OVERHEAD_BYTES = 64;

/** Splits a delivery of several events so that each part stays below `limitBytes`; all but the last are marked. */
export function fragments(whole: WatchDelivery, limitBytes: number): WatchDelivery[] {
  const parts: Uint8Array[][] = [[]];
  let size = RESPONSE_OVERHEAD_BYTES;
  for (const event of whole.events) {
    const eventSize = sizeInResponse(event);
    if (parts.at(-1)!.length > 0 && size + eventSize >= limitBytes) {
      parts.push([]);
      size = RESPONSE_OVERHEAD_BYTES;
    }
    parts.at(-1)!.push(event);
    size += eventSize;
  }
  return parts.map((events, i) => ({ ...whole, events, fragment: i < parts.length - 1 }));
}

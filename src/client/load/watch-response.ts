/** One WatchResponse handed on: created, events, progress or the end. */
import { EventType } from '../../core/api/index.ts';
import { codecs } from '../../wire/messages/index.ts';
import type { LoadWatchHandlers } from './types.ts';

/** Returns false when the watch has ended. */
export function deliver(response: Uint8Array, handlers: LoadWatchHandlers): boolean {
  const message = codecs.WatchResponse.decode(response);
  const revision = message.header?.revision ?? 0;
  if (message.canceled) {
    const compacted = message.compactRevision > 0 ? `compacted at revision ${message.compactRevision}` : '';
    handlers.onEnd(message.cancelReason || compacted || 'cancelled by the server', true);
    return false;
  }
  if (message.created) {
    handlers.onCreated(revision);
  } else if (message.events.length === 0) {
    handlers.onProgress(revision);
  } else {
    const events = message.events.map((event) => ({
      kind: event.type === EventType.DELETE ? ('delete' as const) : ('put' as const),
      key: event.kv?.key ?? '',
      modRevision: event.kv?.modRevision ?? 0,
      version: event.kv?.version ?? 0,
      prevModRevision: event.prevKv?.modRevision ?? 0,
      value: event.kv?.value ?? NO_BYTES,
    }));
    handlers.onEvents(events, revision);
  }
  return true;
}

const NO_BYTES = new Uint8Array(0);

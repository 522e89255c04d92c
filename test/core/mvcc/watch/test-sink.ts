import { decodeKeyValue } from '../../../../src/core/api/key-value.ts';
import { Reader } from '../../../../src/core/api/reader.ts';
import type { WatchDelivery, WatchSink } from '../../../../src/core/mvcc/index.ts';
import { byteStringFrom } from '../../../../src/base/bytes.ts';
import type { ModelKv } from '../model-store.ts';

export interface PlainEvent {
  type: 'PUT' | 'DELETE';
  kv: ModelKv;
  prevKv: ModelKv | undefined;
}

/** A sink with room for `room` deliveries; answers always fit. */
export class TestSink implements WatchSink {
  readonly taken: WatchDelivery[] = [];
  room = Infinity;

  send(answer: WatchDelivery): void {
    this.taken.push(answer);
  }

  offer(delivery: WatchDelivery): boolean {
    if (this.room <= 0) return false;
    this.room--;
    this.taken.push(delivery);
    return true;
  }

  /** What came since the last call. */
  drain(): WatchDelivery[] {
    return this.taken.splice(0);
  }
}

function plainKv(bytes: Uint8Array): ModelKv {
  const kv = decodeKeyValue(bytes);
  return { ...kv, value: byteStringFrom(kv.value) };
}

export function plainEvent(bytes: Uint8Array): PlainEvent {
  const event: PlainEvent = { type: 'PUT', kv: plainKv(new Uint8Array(0)), prevKv: undefined };
  const reader = new Reader(bytes);
  while (reader.pos < bytes.length) {
    const tag = reader.tag();
    if (tag === 8) {
      event.type = reader.int64() === 1 ? 'DELETE' : 'PUT';
      continue;
    }
    const length = reader.length();
    const kv = plainKv(bytes.subarray(reader.pos, (reader.pos += length)));
    if (tag >>> 3 === 2) event.kv = kv;
    else event.prevKv = kv;
  }
  return event;
}

/**
 * Writes watch events, the one answer of which a single request can cause ten thousand: without an object each, and with
 * the bytes of an event that many watch encoded once.
 */
import type { WatchDelivery } from '../../core/mvcc/index.ts';
import type { MessageWriter, StreamCall } from '../../wire/grpc/call.ts';
import { encodeWatchEvents, watchEventsSize, writeWatchEvents } from '../../wire/messages/index.ts';
import type { Member } from '../member/member.ts';

const NO_BYTES = new Uint8Array(0);

export class EventWriter {
  readonly #member: Member;
  readonly #write: MessageWriter;
  /** The list last encoded; watchers of one event share theirs. */
  #list: readonly Uint8Array[] = [];
  #encoded: Uint8Array = NO_BYTES;
  /** What `#write` is to write. */
  #revision = 0;
  #term = 0;
  #watchId = 0n;
  #fragment = false;

  constructor(member: Member) {
    const { headerPrefix } = member;
    this.#member = member;
    this.#write = (into, offset) =>
      writeWatchEvents(
        headerPrefix,
        this.#revision,
        this.#term,
        this.#watchId,
        this.#fragment,
        this.#encoded,
        into,
        offset,
      );
  }

  send(call: StreamCall, { revision, watchId, fragment, events }: WatchDelivery): void {
    if (events !== this.#list) {
      this.#list = events;
      this.#encoded = encodeWatchEvents(events);
    }
    const { headerPrefix, term } = this.#member;
    this.#revision = revision;
    this.#term = term;
    this.#watchId = watchId;
    this.#fragment = fragment;
    call.sendWith(watchEventsSize(headerPrefix, revision, term, watchId, fragment, this.#encoded), this.#write);
  }
}

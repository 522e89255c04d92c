/**
 * Answers to ranges. Those over few keys are read and written at once; the others piece by piece. Whatever its length, a
 * range shows the store as it was when its first piece was read.
 */
import type { RangeRequest } from '../../core/api/index.ts';
import { isPointRead } from '../../core/mvcc/index.ts';
import type { UnaryCall } from '../../wire/grpc/call.ts';
import {
  BlockWriter,
  encodeRangeEnd,
  encodeRangeHeader,
  rangeResponseSize,
  writeRangeKvs,
  writeRangeResponse,
} from '../../wire/messages/index.ts';
import type { Member } from '../member/member.ts';
import type { LongAnswers } from './long-answers.ts';

const NO_END = { more: false, count: 0 };

export class RangeAnswers {
  readonly #member: Member;
  readonly #long: LongAnswers;

  constructor(member: Member, long: LongAnswers) {
    this.#member = member;
    this.#long = long;
  }

  /** Throws futureRevision or compacted. */
  answer(request: RangeRequest, call: UnaryCall): void {
    const { clock, metrics } = this.#member.parts;
    metrics.mvccRanges.value++;
    const startedMs = clock.nowMs();
    try {
      this.#begin(request, call, startedMs);
    } catch (error) {
      metrics.failedRangeSeconds.observe((clock.nowMs() - startedMs) / 1000);
      throw error;
    }
  }

  #begin(request: RangeRequest, call: UnaryCall, startedMs: number): void {
    const { store } = this.#member;
    if (isPointRead(request)) {
      const { header, kvs, more, count } = store.range(request);
      this.#observe(startedMs);
      this.#respond(call, header?.revision ?? 0, kvs, more, count);
      return;
    }
    const { headerRevision, pieces } = store.openRange(request);
    const first = pieces.next();
    const kvs = first.done === true ? [] : first.value;
    // Most end with their first piece.
    const next = first.done === true ? first : pieces.next();
    if (next.done === true) {
      this.#observe(startedMs);
      this.#respond(call, headerRevision, kvs, next.value.more, next.value.count);
      return;
    }
    const { headerPrefix, term } = this.#member;
    const message = new BlockWriter();
    message.add(encodeRangeHeader(headerPrefix, headerRevision, term));
    writeRangeKvs(kvs, message);
    writeRangeKvs(next.value, message);
    this.#long.add({
      call,
      store,
      get bytes() {
        return message.bytes;
      },
      goOn: () => {
        const piece = pieces.next();
        if (piece.done !== true) {
          writeRangeKvs(piece.value, message);
          return false;
        }
        this.#observe(startedMs);
        message.add(encodeRangeEnd(piece.value.more, piece.value.count));
        return true;
      },
      whole: () => message.take(),
      stop: () => {
        pieces.return(NO_END);
        message.drop();
      },
      again: () => this.#begin(request, call, startedMs),
    });
  }

  #observe(startedMs: number): void {
    const { clock, metrics } = this.#member.parts;
    metrics.rangeSeconds.observe((clock.nowMs() - startedMs) / 1000);
  }

  #respond(call: UnaryCall, revision: number, kvs: readonly Uint8Array[], more: boolean, count: number): void {
    const { headerPrefix: prefix, term } = this.#member;
    call.respondWith(rangeResponseSize(prefix, revision, term, kvs, more, count), (into, offset) =>
      writeRangeResponse(prefix, revision, term, kvs, more, count, into, offset),
    );
  }
}

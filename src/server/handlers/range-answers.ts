/**
 * Answers to ranges. Those over few keys are read and written at once; the others piece by piece, some each turn of the event
 * loop, so that heartbeats and other clients get theirs meanwhile. Whatever its length, a range shows the store as it was
 * when its first piece was read.
 */
import { ApiError, apiError, GrpcCode, type RangeRequest } from '../../core/api/index.ts';
import { isPointRead, type OpenedRange, type Store } from '../../core/mvcc/index.ts';
import type { UnaryCall } from '../../wire/grpc/call.ts';
import {
  encodeRangeEnd,
  encodeRangeHeader,
  encodeRangeKvs,
  rangeResponseSize,
  writeRangeResponse,
} from '../../wire/messages/index.ts';
import type { Member } from '../member/member.ts';
import { failCall } from './serving.ts';

/** All ranges under way may take this much of a turn: with what else is in it, it should stay under 10 ms. */
const SLICE_MS = 4;
/** What a message may have. Source: etcd server/etcdserver/api/v3rpc/grpc.go, maxSendBytes. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

const NO_END = { more: false, count: 0 };

interface LongRange {
  readonly request: RangeRequest;
  readonly call: UnaryCall;
  /** Where it is read from; a snapshot from the leader replaces it. */
  readonly store: Store;
  readonly pieces: OpenedRange['pieces'];
  readonly parts: Buffer[];
  bytes: number;
}

export class RangeAnswers {
  readonly #member: Member;
  /** They take turns. */
  #long: LongRange[] = [];
  #isScheduled = false;

  constructor(member: Member) {
    this.#member = member;
  }

  /** Throws futureRevision or compacted. */
  answer(request: RangeRequest, call: UnaryCall): void {
    this.#member.parts.metrics.mvccRanges.value++;
    this.#begin(request, call);
  }

  #begin(request: RangeRequest, call: UnaryCall): void {
    const { store } = this.#member;
    if (isPointRead(request)) {
      const { header, kvs, more, count } = store.range(request);
      this.#respond(call, header?.revision ?? 0, kvs, more, count);
      return;
    }
    const { headerRevision, pieces } = store.openRange(request);
    const first = pieces.next();
    const kvs = first.done === true ? [] : first.value;
    // Most end with their first piece.
    const next = first.done === true ? first : pieces.next();
    if (next.done === true) {
      this.#respond(call, headerRevision, kvs, next.value.more, next.value.count);
      return;
    }
    const { headerPrefix, term } = this.#member;
    const range: LongRange = { request, call, store, pieces, parts: [], bytes: 0 };
    addPart(range, encodeRangeHeader(headerPrefix, headerRevision, term));
    addPart(range, encodeRangeKvs(kvs));
    addPart(range, encodeRangeKvs(next.value));
    this.#long.push(range);
    call.onCancel(() => {
      if (this.#long.includes(range)) this.#giveUp(range, apiError('requestCanceled'));
    });
    this.#schedule();
  }

  #respond(call: UnaryCall, revision: number, kvs: readonly Uint8Array[], more: boolean, count: number): void {
    const { headerPrefix: prefix, term } = this.#member;
    call.respondWith(rangeResponseSize(prefix, revision, term, kvs, more, count), (into, offset) =>
      writeRangeResponse(prefix, revision, term, kvs, more, count, into, offset),
    );
  }

  #schedule(): void {
    if (this.#isScheduled || this.#long.length === 0) return;
    this.#isScheduled = true;
    this.#member.parts.clock.soon(() => {
      this.#isScheduled = false;
      this.#runSlice();
      this.#schedule();
    });
  }

  #runSlice(): void {
    const { clock } = this.#member.parts;
    const untilMs = clock.nowMs() + SLICE_MS;
    do {
      const range = this.#long.shift();
      if (range === undefined) return;
      if (this.#goOn(range, untilMs)) this.#long.push(range);
    } while (clock.nowMs() < untilMs);
  }

  /** Whether there is more to do for it. */
  #goOn(range: LongRange, untilMs: number): boolean {
    const { request, call, store, pieces } = range;
    const { clock } = this.#member.parts;
    if (this.#member.isStopped) {
      this.#giveUp(range, apiError('stopped'));
      return false;
    }
    if (store !== this.#member.store) {
      pieces.return(NO_END);
      try {
        this.#begin(request, call);
      } catch (error) {
        failCall(call, error);
      }
      return false;
    }
    do {
      const piece = pieces.next();
      if (piece.done === true) {
        addPart(range, encodeRangeEnd(piece.value.more, piece.value.count));
        call.respondInParts(range.bytes, range.parts);
        return false;
      }
      addPart(range, encodeRangeKvs(piece.value));
      if (range.bytes > MAX_MESSAGE_BYTES) {
        const text = `grpc: trying to send message larger than max (${range.bytes} vs. ${MAX_MESSAGE_BYTES})`;
        this.#giveUp(range, new ApiError('other', GrpcCode.RESOURCE_EXHAUSTED, text));
        return false;
      }
    } while (clock.nowMs() < untilMs);
    return true;
  }

  #giveUp(range: LongRange, error: ApiError): void {
    this.#long = this.#long.filter((other) => other !== range);
    range.pieces.return(NO_END);
    range.call.fail(error.code, error.message);
  }
}

function addPart(range: LongRange, part: Buffer): void {
  if (part.length === 0) return;
  range.parts.push(part);
  range.bytes += part.length;
}

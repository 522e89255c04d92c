/**
 * Answers that are read and encoded piece by piece, some each turn of the event loop, so that heartbeats and other clients
 * get theirs meanwhile.
 */
import { ApiError, apiError, GrpcCode } from '../../core/api/index.ts';
import type { Store } from '../../core/mvcc/index.ts';
import type { OutgoingPart } from '../../wire/blocks.ts';
import type { UnaryCall } from '../../wire/grpc/call.ts';
import type { Member } from '../member/member.ts';
import { failCall } from './serving.ts';

/**
 * All answers under way may take this much of a turn. A write waits for several turns, to be gathered, synced and applied:
 * beside ranges of 10,000 keys its p99 was a fourth longer with 4 ms (`bench:server --only stalls`), and they no faster.
 */
const SLICE_MS = 1;
/** What a message may have. Source: etcd server/etcdserver/api/v3rpc/grpc.go, maxSendBytes. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

export interface LongAnswer {
  readonly call: UnaryCall;
  /** Where it is read from; a snapshot from the leader replaces it. */
  readonly store: Store;
  /** Encoded so far. */
  readonly bytes: number;
  /** Reads and encodes a piece; whether that was the last. Throws what the call then fails with. */
  goOn(): boolean;
  /** The message, once the last piece has been read; its memory is the caller's from then on. */
  whole(): readonly OutgoingPart[];
  /** No piece of it is read any more, and what was read is not wanted. */
  stop(): void;
  /** Begins anew with the member's store as it is. */
  again(): void;
}

export class LongAnswers {
  readonly #member: Member;
  /** They take turns. */
  #waiting: LongAnswer[] = [];
  #isScheduled = false;

  constructor(member: Member) {
    this.#member = member;
  }

  /** Its first piece has been read. */
  add(answer: LongAnswer): void {
    this.#waiting.push(answer);
    answer.call.onCancel(() => {
      if (this.#waiting.includes(answer)) this.#giveUp(answer, apiError('requestCanceled'));
    });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#member.parts.clock.afterOthers(() => {
      this.#isScheduled = false;
      this.#runSlice();
      this.#schedule();
    });
  }

  #runSlice(): void {
    const { clock } = this.#member.parts;
    const untilMs = clock.nowMs() + SLICE_MS;
    do {
      const answer = this.#waiting.shift();
      if (answer === undefined) return;
      if (this.#goOn(answer, untilMs)) this.#waiting.push(answer);
    } while (clock.nowMs() < untilMs);
  }

  /** Whether there is more to do for it. */
  #goOn(answer: LongAnswer, untilMs: number): boolean {
    const { call } = answer;
    const { clock } = this.#member.parts;
    if (this.#member.isStopped) {
      this.#giveUp(answer, apiError('stopped'));
      return false;
    }
    try {
      if (answer.store !== this.#member.store) {
        answer.stop();
        answer.again();
        return false;
      }
      do {
        if (answer.goOn()) {
          call.respondInParts(answer.bytes, answer.whole());
          return false;
        }
        if (answer.bytes > MAX_MESSAGE_BYTES) {
          const text = `grpc: trying to send message larger than max (${answer.bytes} vs. ${MAX_MESSAGE_BYTES})`;
          this.#giveUp(answer, new ApiError('other', GrpcCode.RESOURCE_EXHAUSTED, text));
          return false;
        }
      } while (clock.nowMs() < untilMs);
    } catch (error) {
      failCall(call, error);
      return false;
    }
    return true;
  }

  #giveUp(answer: LongAnswer, error: ApiError): void {
    this.#waiting = this.#waiting.filter((other) => other !== answer);
    answer.stop();
    answer.call.fail(error.code, error.message);
  }
}

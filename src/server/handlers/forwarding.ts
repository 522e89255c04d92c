/**
 * Requests that a member answers for others, most of which only the leader can. It answers its own at once; another member
 * asks it over the peer stream.
 *
 * On the stream: request = operation (u8), encoded request message; response = 0 and the encoded response message, or
 * 1, the gRPC code (u8) and the error's text.
 */
import type { Timer } from '../../base/clock.ts';
import {
  ApiError,
  apiError,
  apiErrorFrom,
  type GrpcCode,
  type Message,
  type MessageName,
} from '../../core/api/index.ts';
import { NOBODY, type MemberId } from '../../core/raft/index.ts';
import { codecs, type Codec } from '../../wire/messages/index.ts';
import type { Member } from '../member/member.ts';
import { requestTimeoutMs } from '../member/parts.ts';

/** By the number that stands for each on the stream; one that is given up is not used again. */
export const PEER_OPERATIONS = { leaseRenew: 1, leaseTimes: 2, memberPromote: 3, hashKV: 4 } as const;

/** Takes the answer, or why there is none. */
export type ForwardDone<A extends MessageName> = (answer: Message<A> | ApiError) => void;

/** How one kind of request from another member is answered. */
export interface PeerOperation<Q extends MessageName, A extends MessageName> {
  readonly code: (typeof PEER_OPERATIONS)[keyof typeof PEER_OPERATIONS];
  /** Every member answers for itself; otherwise only the leader does. */
  readonly anyMember?: boolean;
  readonly request: Q;
  readonly response: A;
  answer(request: Message<Q>, done: ForwardDone<A>): void;
}

/** `work`, which tells `failed` of the API errors that it throws. */
export function guarded(failed: (error: ApiError) => void, work: () => void): () => void {
  return () => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed(error);
    }
  };
}

/** How often a request without a leader looks for one, as in etcd after an attempt. */
const RETRY_MS = 50;

const OK = 0;
const FAILED = 1;

type AnyOperation = PeerOperation<MessageName, MessageName>;

export class LeaderRequests {
  readonly #member: Member;
  readonly #waiting = new Set<Timer>();
  readonly #operations = new Map<number, AnyOperation>();

  constructor(member: Member) {
    this.#member = member;
  }

  register<Q extends MessageName, A extends MessageName>(operation: PeerOperation<Q, A>): PeerOperation<Q, A> {
    this.#operations.set(operation.code, operation);
    return operation;
  }

  /** Answers here where this member leads, asks the leader where it does not; waits for one where there is none. */
  ask<Q extends MessageName, A extends MessageName>(
    operation: PeerOperation<Q, A>,
    request: Message<Q>,
    done: ForwardDone<A>,
  ): void {
    const { clock, settings } = this.#member.parts;
    const untilMs = clock.nowMs() + requestTimeoutMs(settings);
    const attempt = (): void => {
      const { isLeader, leader } = this.#member;
      const leftMs = untilMs - clock.nowMs();
      if (isLeader) operation.answer(request, done);
      else if (leader !== NOBODY) this.askMember(leader, operation, request, leftMs, retry);
      else if (leftMs > 0) this.#later(Math.min(RETRY_MS, leftMs), attempt);
      else done(apiError('noLeader'));
    };
    /** Who was the leader may have been deposed before it was asked. */
    const retry: ForwardDone<A> = (response) => {
      const leftMs = untilMs - clock.nowMs();
      const isDeposed = response instanceof ApiError && response.name === 'notLeader';
      if (isDeposed && leftMs > 0) this.#later(Math.min(RETRY_MS, leftMs), attempt);
      else done(response);
    };
    attempt();
  }

  stop(): void {
    for (const timer of this.#waiting) timer.cancel();
    this.#waiting.clear();
  }

  #later(delayMs: number, work: () => void): void {
    const timer = this.#member.parts.clock.after(delayMs, () => {
      this.#waiting.delete(timer);
      work();
    });
    this.#waiting.add(timer);
  }

  /** Asks one other member. */
  askMember<Q extends MessageName, A extends MessageName>(
    to: MemberId,
    operation: PeerOperation<Q, A>,
    request: Message<Q>,
    timeoutMs: number,
    done: ForwardDone<A>,
  ): void {
    const encoded = (codecs[operation.request] as unknown as Codec<Q>).encode(request as never);
    const frame = Buffer.concat([Buffer.of(operation.code), encoded]);
    this.#member.parts.transport.forward(to, frame, timeoutMs, (response) => {
      if (response === undefined) done(apiError('timeout'));
      else if (response[0] === OK) done((codecs[operation.response] as unknown as Codec<A>).decode(response, 1));
      else done(apiErrorFrom(response[1] as GrpcCode, Buffer.from(response.subarray(2)).toString()));
    });
  }

  /** A frame from another member; answered with an error where this member does not lead. */
  onForward(frame: Uint8Array, answer: (response: Uint8Array) => void): void {
    const operation = this.#operations.get(frame[0] ?? 0);
    const fail = (error: ApiError): void =>
      answer(Buffer.concat([Buffer.of(FAILED, error.code), Buffer.from(error.message)]));
    if (operation === undefined) {
      fail(apiError('unknownMethod'));
      return;
    }
    if (!this.#member.isLeader && operation.anyMember !== true) {
      fail(apiError('notLeader'));
      return;
    }
    operation.answer(codecs[operation.request].decode(frame, 1), (response) => {
      if (response instanceof ApiError) fail(response);
      else answer(Buffer.concat([Buffer.of(OK), (codecs[operation.response] as Codec<MessageName>).encode(response)]));
    });
  }
}

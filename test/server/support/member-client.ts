/** Calls to one member of a cluster in memory, over the real wire, on the cluster's own clock. */
import { seededRandom } from '../../../src/base/random.ts';
import {
  METHODS,
  type Message,
  type MessageInput,
  type MessageName,
  type MethodName,
  type MethodsThat,
} from '../../../src/core/api/index.ts';
import type { MemberServices } from '../../../src/server/services.ts';
import { ClientPool, Metadata, PreparedMethod } from '../../../src/wire/index.ts';
import { codecs, type Codec } from '../../../src/wire/messages/index.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { MemoryNetwork } from '../../wire/support/memory-network.ts';

type MessageOf<M extends keyof typeof METHODS, End extends 'request' | 'response'> = (typeof METHODS)[M][End];

/** A call under way; `answer` or `failure` is filled in when it ends. */
export interface PendingCall<A> {
  answer: A | undefined;
  failure: { readonly code: number; readonly message: string } | undefined;
  cancel(): void;
}

export interface ObservedStream<A> {
  readonly answers: A[];
  /** How it ended: 'ok' or the error's text. */
  end: string | undefined;
  cancel(): void;
}

export class MemberClient {
  readonly #pool: ClientPool;
  readonly #clock: ManualClock;

  constructor(services: MemberServices, clock: ManualClock) {
    this.#clock = clock;
    this.#pool = new ClientPool({
      endpoints: [{ host: 'memory', port: 1 }],
      connections: 1,
      clock,
      network: new MemoryNetwork(clock, (duplex) =>
        services.grpc.serve(duplex, { remoteAddress: 'memory', encrypted: false }),
      ),
      random: seededRandom(1),
    });
    clock.settle();
  }

  unary<M extends MethodsThat<'unary'>>(
    name: M,
    request: MessageInput<MessageOf<M, 'request'>>,
    options: { timeoutMs?: number } = {},
  ): PendingCall<Message<MessageOf<M, 'response'>>> {
    const method = METHODS[name];
    const encoded = (codecs[method.request] as unknown as Codec<MessageOf<M, 'request'>>).encode(request);
    const { timeoutMs } = options;
    const deadline = timeoutMs === undefined ? {} : { deadlineMs: this.#clock.nowMs() + timeoutMs };
    const pending: PendingCall<Message<MessageOf<M, 'response'>>> = {
      answer: undefined,
      failure: undefined,
      cancel: () => call.cancel(),
    };
    const call = this.#pool.unary(new PreparedMethod(method.path), encoded, deadline, (error, bytes) => {
      if (error !== undefined) pending.failure = { code: error.code, message: error.message };
      else {
        const codec = codecs[method.response] as unknown as Codec<MessageOf<M, 'response'>>;
        pending.answer = codec.decode(Buffer.from(bytes));
      }
    });
    return pending;
  }

  /** Sends bytes, whatever they are, and keeps the stream open. */
  raw(
    method: MethodName,
    bytes: Uint8Array,
    metadata: Readonly<Record<string, string>> = {},
  ): ObservedStream<Buffer> & { code(): number | undefined; halfClose(): void } {
    let code: number | undefined;
    const seen: ObservedStream<Buffer> = { answers: [], end: undefined, cancel: () => stream.cancel() };
    const stream = this.#pool.stream(
      new PreparedMethod(METHODS[method].path),
      {
        onMessage: (message) => seen.answers.push(Buffer.from(message)),
        onEnd: (error) => {
          code = error?.code ?? 0;
          seen.end = error?.message ?? 'ok';
        },
      },
      { metadata: Metadata.of(metadata) },
    );
    stream.send(bytes);
    return Object.assign(seen, { code: () => code, halfClose: () => stream.halfClose() });
  }

  /** Asks once for the renewal of each lease, all on one stream. */
  keepAlive(...ids: bigint[]): ObservedStream<Message<'LeaseKeepAliveResponse'>> {
    const requests = ids.map((id) => codecs.LeaseKeepAliveRequest.encode({ id }));
    return this.#ask('leaseKeepAlive', requests, codecs.LeaseKeepAliveResponse);
  }

  observe(name: string): ObservedStream<Message<'LeaderResponse'>> {
    return this.#ask('observe', [codecs.LeaderRequest.encode({ name })], codecs.LeaderResponse);
  }

  /** A stream of answers to a few requests. */
  #ask<M extends MessageName>(
    method: MethodName,
    requests: readonly Buffer[],
    codec: Codec<M>,
  ): ObservedStream<Message<M>> {
    const seen: ObservedStream<Message<M>> = { answers: [], end: undefined, cancel: () => stream.cancel() };
    const stream = this.#pool.stream(new PreparedMethod(METHODS[method].path), {
      onMessage: (bytes) => seen.answers.push(codec.decode(Buffer.from(bytes))),
      onEnd: (error) => (seen.end = error?.message ?? 'ok'),
    });
    for (const request of requests) stream.send(request);
    stream.halfClose();
    return seen;
  }
}

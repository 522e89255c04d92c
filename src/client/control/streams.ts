import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';

/** Answers as they come; leaving the loop early cancels the call. */
export interface ServerStream<A> extends AsyncIterable<A> {
  cancel(): void;
}

export interface BidiStream<Q, A> extends ServerStream<A> {
  /** Queues without bound, as control calls send little. */
  send(request: Q): void;
  /** No more requests; answers may still come. */
  end(): void;
}

/** What `call` yields, with its failure translated. A stream that `cancel` ended just ends. */
export function serverStream<A>(
  call: ClientReadableStream<A>,
  translate: (error: unknown) => Promise<Error>,
): ServerStream<A> {
  let cancelled = false;
  // Between the call and the loop nobody listens yet; the loop will see the same error.
  call.on('error', () => {});
  return {
    cancel() {
      cancelled = true;
      call.cancel();
    },
    async *[Symbol.asyncIterator]() {
      try {
        for await (const answer of call) yield answer as A;
      } catch (error) {
        if (cancelled) return;
        throw await translate(error);
      } finally {
        call.cancel();
      }
    },
  };
}

export function bidiStream<Q, A>(
  call: ClientDuplexStream<Q, A>,
  translate: (error: unknown) => Promise<Error>,
): BidiStream<Q, A> {
  return {
    ...serverStream(call, translate),
    send(request) {
      call.write(request);
    },
    end() {
      call.end();
    },
  };
}

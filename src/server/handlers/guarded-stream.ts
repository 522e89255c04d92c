/** A stream that ends once: by its handler, by its client, or because the cluster stays without the leader it asked for. */
import { apiError } from '../../core/api/index.ts';
import type { StreamCall } from '../../wire/grpc/call.ts';
import type { LeaderGuard } from './leader-guard.ts';
import { failCall } from './serving.ts';

export class GuardedStream {
  readonly #call: StreamCall;
  readonly #onEnd: () => void;
  readonly #release: () => void;
  #isEnded = false;

  /** `onEnd` gives up what the stream holds; it is called once, however it ends. */
  constructor(call: StreamCall, guard: LeaderGuard, onEnd: () => void = () => undefined) {
    this.#call = call;
    this.#onEnd = onEnd;
    this.#release = guard.watch(call, () => this.fail(apiError('noLeader')));
    call.onCancel(() => this.end());
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** What is left to say to the client is the caller's. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#release();
    this.#onEnd();
  }

  fail(error: unknown): void {
    if (this.#isEnded) return;
    this.end();
    failCall(this.#call, error);
  }
}

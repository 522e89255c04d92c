/**
 * Streams whose client asked for a leader (`hasleader: true`) are ended after three checks in a row, one an election
 * timeout, without one. Source: etcd server/etcdserver/api/v3rpc/interceptor.go (monitorLeader).
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Call } from '../../wire/grpc/call.ts';

const MAX_CHECKS_WITHOUT_LEADER = 3;

export class LeaderGuard {
  readonly #clock: Clock;
  readonly #electionMs: number;
  readonly #hasLeader: () => boolean;
  readonly #watched = new Set<() => void>();
  #misses = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, electionMs: number, hasLeader: () => boolean) {
    this.#clock = clock;
    this.#electionMs = electionMs;
    this.#hasLeader = hasLeader;
  }

  /** Calls `onNoLeader` once if the cluster stays without a leader; the function returned ends the watch. */
  watch(call: Call, onNoLeader: () => void): () => void {
    if (call.metadata.get('hasleader') !== 'true') return () => undefined;
    this.#watched.add(onNoLeader);
    this.#timer ??= this.#schedule();
    return () => this.#watched.delete(onNoLeader);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): Timer {
    return this.#clock.after(this.#electionMs, () => {
      this.#misses = this.#hasLeader() ? 0 : this.#misses + 1;
      if (this.#misses >= MAX_CHECKS_WITHOUT_LEADER) {
        const watched = [...this.#watched];
        this.#watched.clear();
        this.#misses = 0;
        for (const onNoLeader of watched) onNoLeader();
      }
      this.#timer = this.#watched.size > 0 ? this.#schedule() : undefined;
    });
  }
}

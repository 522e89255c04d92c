/**
 * The network between members: every message goes through the peer codec, and may be late, lost, doubled or overtaken.
 * Harsher than TCP on purpose: raft is to survive what a transport might do to it.
 */
import type { Random } from '../../src/base/random.ts';
import { decodeMessage, encodeMessage, type MemberId } from '../../src/core/raft/index.ts';
import type { OutgoingSnapshot, PeerHandlers, PeerTransport } from '../../src/server/peer/transport.ts';
import type { MachineClock } from './machine-clock.ts';
import type { Scheduler } from './scheduler.ts';

/** How the network behaves now. */
export interface Weather {
  /** Shares of messages. */
  loss: number;
  doubling: number;
  /** Milliseconds; each message draws its own, so those of one peer overtake each other. */
  minLatencyMs: number;
  maxLatencyMs: number;
}

export const FAIR_WEATHER: Weather = { loss: 0, doubling: 0, minLatencyMs: 0.1, maxLatencyMs: 0.6 };

interface Port {
  readonly clock: MachineClock;
  readonly handlers: PeerHandlers;
}

/** A request from one member to another, on its way. */
interface Forwarded {
  readonly from: MemberId;
  readonly clock: MachineClock;
  readonly to: MemberId;
  readonly request: Uint8Array;
  readonly timeoutMs: number;
  readonly done: (response: Uint8Array | undefined) => void;
}

/** Sometimes many entries are written, and the log is truncated, while one is on its way. */
const SHORTEST_SNAPSHOT_MS = 5;
const LONGEST_SNAPSHOT_MS = 60;

export class SimulatedNetwork {
  weather: Weather = FAIR_WEATHER;
  /** Directed pairs `from>to` that nothing passes. */
  readonly cut = new Set<string>();
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #ports = new Map<MemberId, Port>();
  /** When what was sent last from one to another arrives, in fair weather: TCP keeps the order. */
  readonly #lastArrivalMs = new Map<string, number>();
  messages = 0;
  lost = 0;

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** The transport of one life of a machine. */
  transport(own: MemberId, clock: MachineClock): PeerTransport {
    return {
      start: (handlers) => this.#ports.set(own, { clock, handlers }),
      setPeer: () => undefined,
      removePeer: () => undefined,
      send: (messages) => {
        for (const message of messages) this.#send(own, message.to, encodeMessage(message));
      },
      sendSnapshot: (to, snapshot) => this.#sendSnapshot(own, clock, to, snapshot),
      forward: (to, request, timeoutMs, done) => this.#forward({ from: own, clock, to, request, timeoutMs, done }),
      activeSinceMs: (id) => (this.#passes(own, id) && this.#passes(id, own) ? 0 : undefined),
      stop: (done) => done(),
    };
  }

  #passes(from: MemberId, to: MemberId): boolean {
    const port = this.#ports.get(to);
    return port !== undefined && !port.clock.isDead && !this.cut.has(`${from}>${to}`);
  }

  #send(from: MemberId, to: MemberId, bytes: Uint8Array): void {
    const { loss, doubling } = this.weather;
    const copies = this.#random.float() < doubling ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      this.messages++;
      if (this.#random.float() < loss) this.lost++;
      else this.#scheduler.at(this.#arrivalMs(from, to), () => this.#deliver(from, to, bytes));
    }
  }

  #arrivalMs(from: MemberId, to: MemberId): number {
    const { minLatencyMs, maxLatencyMs } = this.weather;
    const drawnMs = this.#scheduler.nowMs + minLatencyMs + this.#random.float() * (maxLatencyMs - minLatencyMs);
    if (this.weather !== FAIR_WEATHER) return drawnMs;
    const pair = `${from}>${to}`;
    const atMs = Math.max(drawnMs, this.#lastArrivalMs.get(pair) ?? 0);
    this.#lastArrivalMs.set(pair, atMs);
    return atMs;
  }

  #deliver(from: MemberId, to: MemberId, bytes: Uint8Array): void {
    if (this.#passes(from, to)) {
      const { clock, handlers } = this.#ports.get(to)!;
      clock.enter(() => handlers.onMessage(decodeMessage(bytes)));
      return;
    }
    this.lost++;
    // A broken connection is noticed now and then, not always.
    const sender = this.#ports.get(from);
    if (sender !== undefined && this.#random.below(2) === 0)
      sender.clock.enter(() => sender.handlers.onUnreachable(to));
  }

  /** The request and its answer may each be late or lost. */
  #forward({ from, clock, to, request, timeoutMs, done }: Forwarded): void {
    let isAnswered = false;
    const finish = (response: Uint8Array | undefined): void => {
      if (isAnswered) return;
      isAnswered = true;
      timer.cancel();
      done(response);
    };
    const timer = clock.after(timeoutMs, () => finish(undefined));
    const bytes = request.slice();
    this.#carry(from, to, ({ handlers }) =>
      handlers.onForward(from, bytes, (response) => {
        const answer = response.slice();
        this.#carry(to, from, () => finish(answer), clock);
      }),
    );
  }

  /** Runs `arrive` on the machine `to` unless the way there fails; where `life` is given, only in that life of it. */
  #carry(from: MemberId, to: MemberId, arrive: (port: Port) => void, life?: MachineClock): void {
    this.messages++;
    if (this.#random.float() < this.weather.loss) {
      this.lost++;
      return;
    }
    this.#scheduler.at(this.#arrivalMs(from, to), () => {
      const port = this.#ports.get(to);
      if (port === undefined || !this.#passes(from, to) || (life !== undefined && port.clock !== life)) {
        this.lost++;
        return;
      }
      port.clock.enter(() => arrive(port));
    });
  }

  #sendSnapshot(from: MemberId, clock: MachineClock, to: MemberId, snapshot: OutgoingSnapshot): void {
    const chunks: Uint8Array[] = [];
    for (let chunk = snapshot.next(); chunk !== undefined; chunk = snapshot.next()) chunks.push(chunk.slice());
    const isBroken = this.#random.float() < this.weather.loss;
    const close = (isDelivered: boolean): void => clock.enter(() => snapshot.close(isDelivered));
    const takesMs = SHORTEST_SNAPSHOT_MS + this.#random.float() * (LONGEST_SNAPSHOT_MS - SHORTEST_SNAPSHOT_MS);
    this.#scheduler.at(this.#arrivalMs(from, to) + takesMs, () => {
      const port = this.#ports.get(to);
      if (port === undefined || !this.#passes(from, to)) {
        close(false);
        return;
      }
      port.clock.enter(() => {
        let isDelivered = false;
        try {
          const sink = port.handlers.onSnapshot(from, snapshot.term, snapshot.mark);
          for (const chunk of isBroken ? chunks.slice(0, chunks.length >> 1) : chunks) sink.write(chunk);
          if (isBroken) sink.abort();
          else sink.finish();
          isDelivered = !isBroken;
        } finally {
          close(isDelivered);
        }
      });
    });
  }
}

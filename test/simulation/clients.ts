/** Clients that write and read a few keys on any member, one request each at a time, and note what they saw. */
import type { Random } from '../../src/base/random.ts';
import type { MemberServices } from '../../src/server/services.ts';
import type { AgreedStore } from './agreed-store.ts';
import type { History } from './history.ts';
import { KvRequests, type Answer, type KvRequest } from './kv-requests.ts';
import { Violation } from './ledger.ts';
import type { Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';

const CLIENTS = 12;
/** Operations after which clients turn to new keys, so that the search over one key's history stays short. */
const OPERATIONS_PER_EPOCH = 200;
export const TIMEOUT_MS = 400;
/** Errors that leave it open whether the request takes effect. */
const MAY_TAKE_EFFECT = /timed out|server stopped/;

/** How fast clients go now. */
export interface Pace {
  /** Milliseconds between an answer and the next request, at most. */
  thinkMs: number;
}

export interface ClientsOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly history: History;
  readonly agreed: AgreedStore;
  readonly machines: () => readonly Machine[];
  readonly pace: Pace;
  /** Operations asked for altogether. */
  readonly operations: number;
  readonly fail: (error: unknown) => void;
}

interface Waiting {
  readonly machine: Machine;
  readonly finish: (outcome: 'ok' | 'refused' | 'unknown') => void;
}

export class Clients {
  readonly #options: ClientsOptions;
  readonly #requests: KvRequests;
  readonly #waiting = new Set<Waiting>();
  /** The highest revision that each life of a member has answered with. */
  readonly #answered = new WeakMap<MemberServices, number>();
  asked = 0;
  acknowledged = 0;

  constructor(options: ClientsOptions) {
    this.#options = options;
    this.#requests = new KvRequests(options.random.fork(), options.agreed);
  }

  get isDone(): boolean {
    return this.asked >= this.#options.operations && this.#waiting.size === 0;
  }

  start(): void {
    for (let client = 0; client < CLIENTS; client++) this.#next(client);
  }

  /** The connections to a machine that went down are reset. */
  onDown(machine: Machine): void {
    for (const waiting of [...this.#waiting]) if (waiting.machine === machine) waiting.finish('unknown');
  }

  #next(client: number): void {
    const { scheduler, random, pace, operations } = this.#options;
    if (this.asked >= operations) return;
    scheduler.after(random.float() * pace.thinkMs, () => this.#ask(client));
  }

  #ask(client: number): void {
    const { scheduler, random, history, machines } = this.#options;
    const up = machines().filter((machine) => machine.member !== undefined);
    const machine = up[random.below(Math.max(1, up.length))];
    if (machine === undefined || this.asked >= this.#options.operations) {
      if (machine === undefined) scheduler.after(5, () => this.#ask(client));
      return;
    }
    const request = this.#requests.next(Math.floor(this.asked / OPERATIONS_PER_EPOCH));
    this.asked++;
    const operations = history.invoke(client, request.parts);
    const finish = (outcome: 'ok' | 'refused' | 'unknown'): void => {
      if (!this.#waiting.delete(waiting)) return;
      cancel();
      if (outcome === 'ok') this.acknowledged++;
      history.answer(operations, outcome);
      this.#next(client);
    };
    const waiting: Waiting = { machine, finish };
    this.#waiting.add(waiting);
    const cancel = scheduler.after(TIMEOUT_MS, () => finish('unknown'));
    const isTaken = machine.serve((services) =>
      request.send(services, operations, (answer) => finish(this.#judge(services, request, answer))),
    );
    if (!isTaken) finish('refused');
  }

  #judge(
    services: MemberServices,
    { isOrdered }: KvRequest,
    { error, revision }: Answer,
  ): 'ok' | 'refused' | 'unknown' {
    if (error !== undefined) return MAY_TAKE_EFFECT.test(error) ? 'unknown' : 'refused';
    if (!isOrdered) return 'ok';
    const before = this.#answered.get(services) ?? 0;
    if (revision < before) {
      this.#options.fail(
        new Violation(`revisions: a member answered at ${revision} after it had answered at ${before}`),
      );
    }
    this.#answered.set(services, revision);
    return 'ok';
  }
}

/** Clients that hold leases: grant, put keys under it, keep it alive on any member, then revoke it or let it expire. */
import type { Random } from '../../src/base/random.ts';
import type { AgreedStore } from './agreed-store.ts';
import { TIMEOUT_MS } from './clients.ts';
import type { LeaseChecker } from './lease-checker.ts';
import { Violation } from './ledger.ts';
import { callUnary, LocalStream, type RequestOf, type ResponseOf } from './local-call.ts';
import type { Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';

const HOLDERS = 8;
export const MAX_TTL_S = 2;
const MAX_KEYS = 3;
const MAX_RENEWALS = 16;
const MAX_GAP_MS = 150;
/** Now and then a holder is so late that a checkpoint has been taken. */
const MAX_LATE_GAP_MS = 1500;
/** One in so many grants and renewals is doubted: another member, maybe one deposed unawares, is asked at once as well. */
const DOUBTING = 3;
/** A holder begins anew after so long, on average. */
const MEAN_REST_MS = 100;

export interface LeaseHoldersOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly agreed: AgreedStore;
  readonly checker: LeaseChecker;
  readonly machines: () => readonly Machine[];
  readonly fail: (error: unknown) => void;
}

type LeaseCall = 'leaseGrant' | 'leaseRevoke' | 'put';

export class LeaseHolders {
  readonly counts = { asked: 0, grants: 0, renewals: 0 };
  readonly #options: LeaseHoldersOptions;
  readonly #waiting = new Set<{ readonly machine: Machine; readonly lose: () => void }>();
  #isStopped = false;
  #nextKey = 0;

  constructor(options: LeaseHoldersOptions) {
    this.#options = options;
  }

  start(): void {
    for (let holder = 0; holder < HOLDERS; holder++) this.#rest();
  }

  /** No lease is kept alive any more. */
  stop(): void {
    this.#isStopped = true;
  }

  onDown(machine: Machine): void {
    for (const waiting of [...this.#waiting]) if (waiting.machine === machine) waiting.lose();
  }

  #rest(): void {
    this.#after(2 * MEAN_REST_MS, () => this.#grant());
  }

  #grant(): void {
    const { random, scheduler, checker } = this.#options;
    const askedMs = scheduler.nowMs;
    const request = { ttl: 1 + random.below(MAX_TTL_S), id: random.below(2) === 0 ? 0n : BigInt(1 + random.uint32()) };
    this.#unary('leaseGrant', request, (response) => {
      if (response === undefined) {
        this.#rest();
        return;
      }
      this.counts.grants++;
      checker.granted(response.id, response.ttl, askedMs);
      if (random.below(DOUBTING) === 0) this.#doubt(response.id);
      this.#attach(response.id, 1 + random.below(MAX_KEYS));
    });
  }

  #attach(id: bigint, keys: number): void {
    const { random, agreed } = this.#options;
    if (keys === 0) {
      this.#hold(id, random.below(MAX_RENEWALS));
      return;
    }
    // Now and then a key moves from another lease.
    const key = `L${random.below(5) === 0 ? Math.max(0, this.#nextKey - 3) : this.#nextKey++}`;
    const value = `under ${id}`;
    this.#unary('put', { key, value: Buffer.from(value), lease: id }, (response) => {
      if (response !== undefined) {
        const revision = response.header?.revision ?? 0;
        const kv = agreed.valueAt(key, revision);
        if (kv?.value !== value || kv.lease !== id || kv.modRevision !== revision) {
          throw new Violation(
            `an answer says that ${key} got lease ${id} at revision ${revision}, the agreed log does not`,
          );
        }
      }
      this.#after(20, () => this.#attach(id, keys - 1));
    });
  }

  #hold(id: bigint, renewals: number): void {
    const { random, checker } = this.#options;
    if (renewals > 0) {
      const isLate = random.below(6) === 0;
      this.#after(isLate ? MAX_LATE_GAP_MS : MAX_GAP_MS, () => this.#renew(id, renewals));
    } else if (random.below(3) === 0) {
      checker.released(id);
      this.#unary('leaseRevoke', { id }, () => this.#rest());
    } else {
      this.#rest();
    }
  }

  #renew(id: bigint, renewals: number): void {
    if (this.#options.random.below(DOUBTING) === 0) this.#doubt(id);
    this.#keepAlive(id, (ttl) => {
      if (ttl === 0) this.#rest();
      else this.#hold(id, renewals - 1);
    });
  }

  #doubt(id: bigint): void {
    this.#keepAlive(id, () => undefined);
  }

  /** `done` with the TTL answered, 0 where the lease is gone; undefined where no answer came. */
  #keepAlive(id: bigint, done: (ttl: number | undefined) => void): void {
    const { scheduler, checker } = this.#options;
    const askedMs = scheduler.nowMs;
    this.#ask(
      (services, answer) => {
        const stream: LocalStream<'leaseKeepAlive'> = new LocalStream(services, 'leaseKeepAlive', {
          onMessage: ({ ttl }) => answer(ttl),
          onEnd: () => answer(undefined),
        });
        stream.request({ id });
      },
      (ttl: number | undefined) => {
        if (ttl === 0) {
          checker.reportedDead(id, scheduler.nowMs);
        } else if (ttl !== undefined) {
          this.counts.renewals++;
          checker.renewed(id, askedMs);
        }
        done(ttl);
      },
    );
  }

  #unary<M extends LeaseCall>(
    name: M,
    request: RequestOf<M>,
    done: (response: ResponseOf<M> | undefined) => void,
  ): void {
    this.#ask<ResponseOf<M>>(
      (services, answer) => callUnary(services, name, request, (_error, response) => answer(response)),
      done,
    );
  }

  /** Asks any member; `done` with undefined where no answer came. */
  #ask<A>(
    call: (services: NonNullable<Machine['services']>, answer: (response: A | undefined) => void) => void,
    done: (response: A | undefined) => void,
  ): void {
    const { scheduler, random, machines, fail } = this.#options;
    const up = machines().filter((machine) => machine.member !== undefined);
    const machine = up[random.below(Math.max(1, up.length))];
    this.counts.asked++;
    const finish = (response: A | undefined): void => {
      cancel();
      if (waiting !== undefined && !this.#waiting.delete(waiting)) return;
      try {
        done(response);
      } catch (error) {
        fail(error);
      }
    };
    const waiting = machine && { machine, lose: () => finish(undefined) };
    if (waiting !== undefined) this.#waiting.add(waiting);
    const cancel = scheduler.after(machine === undefined ? 5 : TIMEOUT_MS, () => finish(undefined));
    machine?.serve((services) => call(services, (response) => finish(response)));
  }

  #after(maxMs: number, then: () => void): void {
    const { scheduler, random } = this.#options;
    scheduler.after(random.float() * maxMs, () => {
      if (!this.#isStopped) then();
    });
  }
}

/**
 * Walks operations: starts each at its intended instant, sends what its script says, hands the replies back. The schedule
 * never waits for an answer; what cannot be sent because too much is under way is skipped and counted.
 */
import type { Clock } from '../../base/clock.ts';
import { FreeList } from '../../base/free-list.ts';
import type { LoadClient, LoadError } from '../../client/load/index.ts';
import type { Call, ClosedLoop, LeaseSlot, Ledger, Model, Operation, Reply } from '../../core/workload/index.ts';
import { DueHeap } from './heap.ts';
import { GRAIN_MS } from './pacer.ts';
import type { Pacer } from './pacer.ts';
import type { Recorder } from './recorder.ts';
import type { RevisionGuard } from './revision-guard.ts';
import { Run } from './run.ts';
import type { ClosedClient, RunOwner } from './run.ts';

export interface DriverOptions {
  readonly clock: Clock;
  readonly client: LoadClient;
  readonly pacer: Pacer;
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  readonly guard: RevisionGuard;
  /** One a source. */
  readonly models: readonly Model[];
  readonly sourceNames: readonly string[];
  /** Open-loop operations of this process in order of instants. */
  readonly nextOperation: () => Operation | undefined;
  readonly closed: readonly ClosedLoop[];
  /** How many of a closed loop's clients are active at an instant. */
  readonly levelAt: (atMs: number) => number;
  /** CLOCK_MONOTONIC of the profile's instant zero. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Operations under way at most; arrivals beyond are skipped. */
  readonly mostInFlight: number;
}

/** How often a closed loop's client that the level leaves idle looks whether it is wanted. */
const IDLE_CLIENT_MS = 20;

export class Driver implements RunOwner {
  private readonly options: DriverOptions;
  private readonly waits = new DueHeap<Run | ClosedClient>();
  private readonly leaseWaiters = new Map<LeaseSlot, { run: Run; intendedMs: number }[]>();
  private readonly firstClass: (string | undefined)[] = [];
  /** For the next operations: what waits for an answer is much of what a request costs the collector. */
  private readonly idle = new FreeList<Run>();
  private upcoming: Operation | undefined;
  private inFlight = 0;
  /** What starts in one turn leaves over one connection, the next turn's over the next: one write and one read for many. */
  private connection = 0;
  /** What the pacer was last asked for. */
  private askedMs = Infinity;
  /** The clock as it was when the answer at hand came, until something is sent; else NaN. */
  private reading = NaN;
  private stopped = false;
  private onIdle: (() => void) | undefined;

  constructor(options: DriverOptions) {
    this.options = options;
    this.upcoming = options.nextOperation();
    for (const loop of options.closed) {
      for (let number = 0; number < loop.clients; number++) {
        const client: ClosedClient = { loop, number, intendedMs: 0 };
        if (this.plan(client, options.startMs)) this.waits.push(client.intendedMs, client);
      }
    }
  }

  /** Operations under way. */
  get running(): number {
    return this.inFlight;
  }

  /** Resolves when every operation of the plan is done. */
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.onIdle = resolve;
      this.options.pacer.onDue(() => this.tick());
      this.tick();
    });
  }

  /** Starts nothing more; `run` resolves when what is under way has ended. */
  stop(): void {
    this.stopped = true;
    for (let item = this.waits.pop(); item !== undefined; item = this.waits.pop()) {
      if (item instanceof Run) this.finish(item);
    }
    this.settle();
  }

  /** Sends everything that is due, then asks to be woken for what comes next. */
  tick(): void {
    const { clock, startMs } = this.options;
    let now = clock.nowMs();
    this.connection++;
    for (;;) {
      const planned = this.stopped || this.upcoming === undefined ? Infinity : startMs + this.upcoming.atMs;
      const next = Math.min(planned, this.waits.nextMs);
      if (next > now) {
        // A long burst takes time to send: look again before going to sleep.
        now = clock.nowMs();
        if (next > now) break;
      }
      if (planned <= this.waits.nextMs) this.startUpcoming(planned);
      else this.resume(this.waits.nextMs);
    }
    this.wakeAt(this.nextDue());
    this.settle();
  }

  private wakeAt(dueMs: number): void {
    this.askedMs = dueMs;
    this.options.pacer.wakeAt(dueMs);
  }

  private nextDue(): number {
    const planned = this.stopped || this.upcoming === undefined ? Infinity : this.options.startMs + this.upcoming.atMs;
    return Math.min(planned, this.waits.nextMs);
  }

  private settle(): void {
    if (this.inFlight > 0) return;
    if (!this.stopped && (this.upcoming !== undefined || this.waits.size > 0)) return;
    this.onIdle?.();
    this.onIdle = undefined;
  }

  private startUpcoming(intendedMs: number): void {
    const operation = this.upcoming!;
    this.upcoming = this.options.nextOperation();
    if (this.inFlight >= this.options.mostInFlight) this.skip(operation.source, intendedMs);
    else this.start(operation, intendedMs, intendedMs, undefined);
  }

  private start(operation: Operation, intendedMs: number, readyMs: number, client: ClosedClient | undefined): void {
    const { models, startMs } = this.options;
    const script = models[operation.source]!(operation);
    this.inFlight++;
    const run = this.idle.take() ?? new Run(this, script);
    // A closed loop's client keeps its connection, as a client of its own would.
    const connection = client === undefined ? this.connection : client.number;
    run.begin(script, operation.source, startMs + operation.atMs, connection, client);
    this.step(run, undefined, intendedMs, readyMs);
  }

  private resume(dueMs: number): void {
    const item = this.waits.pop()!;
    if (item instanceof Run) {
      this.step(item, undefined, dueMs);
    } else {
      this.startClient(item, dueMs);
    }
  }

  private startClient(client: ClosedClient, dueMs: number): void {
    const { loop, number, intendedMs } = client;
    const atMs = intendedMs - this.options.startMs;
    if (loop.limit !== undefined || number < loop.clients * this.options.levelAt(atMs)) {
      this.start(loop.next(atMs), intendedMs, dueMs, client);
    } else if (atMs < this.options.durationMs) {
      client.intendedMs = dueMs + IDLE_CLIENT_MS;
      this.waits.push(client.intendedMs, client);
    }
  }

  /**
   * Asks the script for its next step and does it. `intendedMs` is the instant the step should have; `readyMs` the one it
   * could have, which is later where it had to wait for an answer: the generator is late only against that.
   */
  private step(run: Run, reply: Reply | undefined, intendedMs: number, readyMs = intendedMs): void {
    const step = run.script.next(reply, intendedMs);
    switch (step.kind) {
      case 'send':
        this.send(run, step.call, intendedMs, readyMs);
        break;
      case 'wait':
        // An operation that the end of the run cuts short does not wait on.
        if (this.stopped) this.finish(run);
        else this.waits.push(Math.max(intendedMs, run.startMs + step.afterMs), run);
        break;
      case 'lease':
        this.awaitLease(run, step.slot, intendedMs);
        break;
      case 'done':
        // What was answered now ends now.
        this.finish(run, reply === undefined ? undefined : intendedMs);
        break;
    }
  }

  private send(run: Run, call: Call, intendedMs: number, readyMs: number): void {
    const { client, recorder, guard, ledger } = this.options;
    this.firstClass[run.source] ??= call.class;
    const sentMs = this.takeReading();
    recorder.sent(readyMs, sentMs);
    if (call.method === 'leaseRevoke') ledger.revoking(call.request.id ?? 0n);
    run.sent(call, intendedMs, sentMs, guard.highest);
    client.call(call, run.connection, sentMs, run);
  }

  /**
   * A request that an answer gives rise to is sent within a microsecond of it, which is as fine as anything is counted here:
   * the answer's reading of the clock is its own.
   */
  private takeReading(): number {
    const { reading } = this;
    this.reading = NaN;
    return Number.isNaN(reading) ? this.options.clock.nowMs() : reading;
  }

  answered(run: Run, call: Call, error: LoadError | undefined, reply: Reply): void {
    const { clock, recorder, guard, ledger } = this.options;
    const answeredMs = clock.nowMs();
    this.reading = answeredMs;
    const { method } = call;
    if (error === undefined) {
      const wrote = call.write !== undefined && reply.succeeded;
      recorder.completed(call.class, run.intendedMs, run.sentMs, answeredMs, !reply.succeeded);
      guard.answered(method, reply.revision, wrote, run.highestAtSend);
      if (wrote) ledger.acknowledged(call.write, reply.revision);
      if (reply.ttlS > 0) ledger.leased(reply.leaseId, run.sentMs + reply.ttlS * 1_000);
      this.step(run, reply, answeredMs);
      if (method === 'leaseGrant') this.wakeLeaseWaiters();
    } else {
      this.failed(run, call, error, answeredMs);
    }
    this.reading = NaN;
    const dueMs = this.nextDue();
    // Sends go out in bundles, when the pacer says so; unless it is late itself.
    if (dueMs + GRAIN_MS < answeredMs) this.tick();
    else if (dueMs < this.askedMs) this.wakeAt(dueMs);
  }

  private failed(run: Run, call: Call, error: LoadError, answeredMs: number): void {
    this.options.recorder.failed(call.class, run.intendedMs, answeredMs, error);
    if (call.write !== undefined && error.mayHaveHappened) this.options.ledger.unanswered(call.write);
    run.script.failed?.();
    this.wakeLeaseWaiters();
    this.finish(run);
  }

  private awaitLease(run: Run, slot: LeaseSlot, intendedMs: number): void {
    const waiting = this.leaseWaiters.get(slot);
    if (waiting === undefined) this.leaseWaiters.set(slot, [{ run, intendedMs }]);
    else waiting.push({ run, intendedMs });
    if (slot.failed) this.wakeLeaseWaiters();
  }

  private wakeLeaseWaiters(): void {
    for (const [slot, waiting] of this.leaseWaiters) {
      if (slot.id === undefined && !slot.failed) continue;
      this.leaseWaiters.delete(slot);
      for (const { run, intendedMs } of waiting) {
        if (slot.failed) {
          this.skip(run.source, intendedMs);
          this.finish(run);
        } else {
          // The time spent waiting for the lease is part of the response.
          this.step(run, undefined, intendedMs, this.options.clock.nowMs());
        }
      }
    }
  }

  /** Counts a request that was due and is never sent. */
  private skip(source: number, intendedMs: number): void {
    const { recorder, sourceNames, clock } = this.options;
    const name = this.firstClass[source] ?? sourceNames[source]!;
    recorder.skipped(name, intendedMs, clock.nowMs());
  }

  private finish(run: Run, nowMs = this.options.clock.nowMs()): void {
    const { client } = run;
    this.inFlight--;
    this.idle.give(run);
    if (client !== undefined && this.plan(client, nowMs)) {
      if (client.intendedMs > nowMs) this.waits.push(client.intendedMs, client);
      else this.startClient(client, nowMs);
    }
    if (this.inFlight === 0) this.settle();
  }

  /** The next turn of a closed loop's client: when its rate limit and the phases allow; false where they do not. */
  private plan(client: ClosedClient, nowMs: number): boolean {
    const { startMs, durationMs } = this.options;
    const limit = client.loop.limit;
    const atMs = limit === undefined ? nowMs - startMs : limit();
    if (atMs === undefined || atMs >= durationMs || this.stopped) return false;
    client.intendedMs = startMs + atMs;
    return true;
  }
}

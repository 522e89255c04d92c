/** A driver on a clock that tests set, and the server that it drives. */
import { expect } from 'vitest';
import { collectClasses } from '../../../src/bench/collect.ts';
import { latencyOfCounts } from '../../../src/bench/histograms.ts';
import { Driver } from '../../../src/bench/worker/driver.ts';
import { phaseEndsMs } from '../../../src/bench/worker/load-task.ts';
import { Recorder } from '../../../src/bench/worker/recorder.ts';
import type { SecondRecord } from '../../../src/bench/worker/recorder.ts';
import { RevisionGuard } from '../../../src/bench/worker/revision-guard.ts';
import type { LoadClient, LoadError } from '../../../src/client/load/index.ts';
import { keyspaceOf, modelOf, newLedger, planOperations } from '../../../src/core/workload/index.ts';
import type { LoadRequest, Profile } from '../../../src/core/workload/index.ts';
import { PODS, profileOf } from '../../core/workload/profiles.ts';
import { Store } from '../../core/workload/store.ts';
import type { ManualTime } from './manual-time.ts';

const LOST: LoadError = { code: 'UNAVAILABLE', message: 'gone', mayHaveHappened: true };

interface ServerOptions {
  /** How long each answer takes. */
  readonly serviceMs: number;
  /** Answers nothing in between, then all at once. */
  readonly stall?: { readonly fromMs: number; readonly toMs: number };
  readonly fails?: (request: LoadRequest, nth: number) => boolean;
}

/** A server of any number of hands on a store. */
export function server(time: ManualTime, options: ServerOptions, store = new Store()) {
  const sent: LoadRequest[] = [];
  /** Of each of those. */
  const connections: number[] = [];
  const client: LoadClient = {
    call: (request, connection, nowMs, caller) => {
      expect(nowMs).toBe(time.nowMs());
      sent.push(request);
      connections.push(connection);
      const nth = sent.length;
      const { stall, serviceMs } = options;
      const stalled = stall !== undefined && time.nowMs() >= stall.fromMs && time.nowMs() < stall.toMs;
      const waitMs = stalled ? stall.toMs - time.nowMs() : 0;
      time.after(waitMs + serviceMs, () => {
        const reply = store.answer(request);
        caller.answered(options.fails?.(request, nth) === true ? LOST : undefined, reply);
      });
    },
    watch: () => {
      throw new Error('no watches here');
    },
    close: () => undefined,
  };
  return { ...client, sent, connections };
}

export function drive(profile: Profile, time: ManualTime, client: LoadClient, mostInFlight = 1e9, wakes = true) {
  const ledger = newLedger();
  const context = { keyspace: keyspaceOf(profile, '/p', 1), ledger, mayCompact: true };
  const seconds: SecondRecord[] = [];
  const recorder = new Recorder(0, phaseEndsMs(profile), (second) => seconds.push(second));
  const plan = planOperations(profile, 1);
  const driver = new Driver({
    clock: time,
    client,
    pacer: wakes ? time.pacer() : { ...time.pacer(), wakeAt: () => undefined },
    recorder,
    ledger,
    guard: new RevisionGuard(),
    models: profile.sources.map((source) => modelOf(source, context)),
    sourceNames: profile.sources.map(({ name }) => name),
    nextOperation: () => plan.next(),
    closed: plan.closed,
    levelAt: (atMs) => plan.levels.levelAt(atMs),
    startMs: 0,
    durationMs: plan.durationMs,
    mostInFlight,
  });
  let done = false;
  void driver.run().then(() => (done = true));
  return {
    driver,
    ledger,
    seconds,
    isDone: () => done,
    lag: () => latencyOfCounts(recorder.scheduleLag()),
    figures: () => {
      recorder.flush();
      return collectClasses(recorder.classes(), profile, plan.durationMs / 1_000);
    },
  };
}

export const getsAt = (arrivals: Record<string, unknown>) =>
  profileOf({ objects: { pod: PODS }, sources: [{ name: 'get', model: 'get', object: 'pod', arrivals }] });

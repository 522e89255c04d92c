/** One generator: prepares its shard, drives it, reports. */
import type { Clock } from '../../base/clock.ts';
import type { Ledger, Profile } from '../../core/workload/index.ts';
import { keyspaceOf, modelOf, newLedger, planOperations, shardOfPlan } from '../../core/workload/index.ts';
import type { LoadClient } from '../../client/load/index.ts';
import { Driver } from './driver.ts';
import { startPacer } from './pacer.ts';
import type { Pacer } from './pacer.ts';
import { preload } from './preload.ts';
import type { LoadReport, LoadTaskConfig } from './protocol.ts';
import { Recorder } from './recorder.ts';
import type { SecondRecord } from './recorder.ts';
import { RevisionGuard } from './revision-guard.ts';

export class LoadTask {
  private readonly config: LoadTaskConfig;
  private readonly clock: Clock;
  private readonly client: LoadClient;
  private readonly ledger: Ledger;
  private readonly guard = new RevisionGuard();
  private recorder: Recorder | undefined;
  private driver: Driver | undefined;
  private pacer: Pacer | undefined;
  private closed = false;
  private cpuBefore = process.cpuUsage();

  constructor(config: LoadTaskConfig, clock: Clock, client: LoadClient) {
    this.config = config;
    this.clock = clock;
    this.client = client;
    // Objects below their kind's number come again, and watches may stand on them one by one.
    this.ledger = newLedger(
      Object.values(config.profile.objects).map(({ count, preload }) => Math.max(count, preload)),
    );
  }

  async prepare(): Promise<void> {
    const { profile, prefix, seed, shard, shards } = this.config;
    const keyspace = keyspaceOf(profile, prefix, seed);
    await preload(this.client, this.clock, keyspace, this.ledger, shard, shards);
    const pacer = await startPacer(this.clock);
    // The parent may have gone meanwhile; a thread would keep this process.
    if (this.closed) pacer.close();
    this.pacer = pacer;
  }

  /** Resolves when all operations are done. */
  async run(startMs: number, onSecond: (record: SecondRecord) => void): Promise<void> {
    const { profile, prefix, seed, shard, shards, mayCompact, mostInFlight } = this.config;
    const context = { keyspace: keyspaceOf(profile, prefix, seed), ledger: this.ledger, mayCompact };
    const plan = shardOfPlan(planOperations(profile, seed), profile, shard, shards);
    this.recorder = new Recorder(startMs, phaseEndsMs(profile), onSecond);
    this.cpuBefore = process.cpuUsage();
    this.driver = new Driver({
      clock: this.clock,
      client: this.client,
      pacer: this.pacer!,
      recorder: this.recorder,
      ledger: this.ledger,
      guard: this.guard,
      models: profile.sources.map((source) => modelOf(source, context)),
      sourceNames: profile.sources.map((source) => source.name),
      nextOperation: () => plan.next(),
      closed: plan.closed,
      levelAt: (atMs) => plan.levels.levelAt(atMs),
      startMs,
      durationMs: plan.durationMs,
      mostInFlight,
    });
    await this.driver.run();
    this.recorder.flush();
  }

  stop(): void {
    this.driver?.stop();
  }

  report(): LoadReport {
    const cpu = process.cpuUsage(this.cpuBefore);
    const classes = this.recorder?.classes() ?? [];
    return {
      kind: 'load',
      classes,
      errorTexts: this.recorder?.errorTexts ?? {},
      scheduleLag: this.recorder?.scheduleLag() ?? [],
      loopDelay: this.pacer?.loopDelay() ?? new Uint32Array(0),
      ledger: this.ledger.report(),
      regressions: this.guard.regressions,
      violations: this.guard.violations,
      cpuUs: cpu.user + cpu.system,
      requests: classes.reduce((sum, record) => sum + record.completed + record.errors, 0),
    };
  }

  close(): void {
    this.closed = true;
    // A closed loop would go on with calls that fail at once.
    this.driver?.stop();
    this.pacer?.close();
    this.client.close();
  }
}

/** The warm-up, where there is one, is a phase before the first. */
export function phaseEndsMs(profile: Profile): number[] {
  let endMs = profile.warmup;
  const ends = profile.warmup > 0 ? [endMs] : [];
  for (const phase of profile.phases) ends.push((endMs += phase.duration));
  return ends;
}

/** One profile at one target: prepare, drive, audit, clean up, and everything that was measured. */
import { availableParallelism } from 'node:os';
import type { ByteString } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import { OperationError, errorMessage } from '../base/errors.ts';
import { connectControl } from '../client/control/index.ts';
import type { ControlClient } from '../client/control/index.ts';
import type { Target } from '../cluster/index.ts';
import type { Audit, Warning } from '../core/run/index.ts';
import { checkRates, keyspaceOf, measuredMs, scaleRates, stretchProfile } from '../core/workload/index.ts';
import type { Keyspace, Profile } from '../core/workload/index.ts';
import { assertActionsAllowed, runActions } from './actions.ts';
import { cleanUp } from './cleanup.ts';
import { ClusterGuard } from './cluster-guard.ts';
import { finalAudit } from './final-audit.ts';
import { Generator } from './generator.ts';
import { CONNECTIONS, REQUEST_TIMEOUT_MS, START_AFTER_MS, defaultWorkers } from './load-defaults.ts';
import { startSampler } from './metrics/sampler.ts';
import type { Sampler } from './metrics/sampler.ts';
import { progressAt, type Progress } from './progress.ts';
import { assertSafe } from './safety.ts';
import { summarize } from './summarize.ts';
import type { RunParts } from './summarize.ts';
import { planWatches, settledWatches } from './watches.ts';
import type { ClientKind, ConnectOptions, LoadReport, WatchReport } from './worker/protocol.ts';
import type { SecondRecord } from './worker/recorder.ts';

const DEFAULT_PREFIX: ByteString = '/etcdmark/registry';
/** Operations that outlast their profile (a pod's life) may go on this long. Source: assumed. */
const TAIL_MS = 60_000;
/** Open-loop arrivals beyond this many under way are skipped. Source: assumed; at 10,000/s it is four seconds of a stalled server. */
const MOST_IN_FLIGHT = 40_000;

export interface RunProfileOptions {
  /** Composed (`loadProfile`). */
  readonly profile: Profile;
  readonly target: Target;
  readonly seed: number;
  readonly client: ClientKind;
  readonly clock: Clock;
  /** Stretches or squeezes warm-up and phases to this much measured time. */
  readonly durationS?: number | undefined;
  /** Multiplies every rate. */
  readonly rateScale?: number | undefined;
  /** Where the keys go; no slash at its end. */
  readonly prefix?: ByteString | undefined;
  /** Load a cluster although it holds /registry/. */
  readonly allowKubernetes?: boolean | undefined;
  /** Compaction concerns the whole cluster: spawned targets may, others only if told. */
  readonly allowCompaction?: boolean | undefined;
  /** Generator processes; one for every two processors unless told. */
  readonly workers?: number | undefined;
  /** Connections of each generator. */
  readonly connections?: number | undefined;
  /** Requests a second at most, from `calibrate`. */
  readonly ceilingPerS?: number | undefined;
  /** The target is stopped right after: what was written may stay. */
  readonly leaveKeys?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Rejects with OperationError when the run could not be done; a run cut short by `signal` resolves, marked partial. */
export async function runProfile(options: RunProfileOptions): Promise<RunParts> {
  const profile = fittedProfile(options);
  const control = connectControl(options.target.connection);
  const run = new ProfileRun(options, profile, control);
  try {
    const parts = await run.measure();
    const left = await run.close();
    return left === undefined ? parts : { ...parts, warnings: [...parts.warnings, left] };
  } catch (error) {
    const left = await run.close();
    throw left === undefined ? error : new OperationError(`${errorMessage(error)}; ${left.text}`);
  } finally {
    control.close();
  }
}

/** The profile as it is driven: stretched and scaled. Throws UsageError for a rate that cannot be driven. */
export function fittedProfile(options: Pick<RunProfileOptions, 'profile' | 'durationS' | 'rateScale'>): Profile {
  const { profile, durationS, rateScale } = options;
  const stretched = durationS === undefined ? profile : stretchProfile(profile, durationS * 1_000);
  const fitted = rateScale === undefined ? stretched : scaleRates(stretched, rateScale);
  checkRates(fitted);
  return fitted;
}

class ProfileRun {
  private readonly options: RunProfileOptions;
  private readonly profile: Profile;
  private readonly control: ControlClient;
  private readonly prefix: ByteString;
  private readonly seconds: SecondRecord[] = [];
  private readonly loads: Generator[] = [];
  private watcher: Generator | undefined;
  private sampler: Sampler | undefined;
  private wrote = false;
  private cutShort: string | undefined;
  private stopActions: () => void = () => undefined;

  constructor(options: RunProfileOptions, profile: Profile, control: ControlClient) {
    this.options = options;
    this.profile = profile;
    this.control = control;
    this.prefix = options.prefix ?? DEFAULT_PREFIX;
  }

  async measure(): Promise<RunParts> {
    const { target, clock, signal } = this.options;
    signal?.throwIfAborted();
    assertActionsAllowed(this.profile, target.hurt !== undefined);
    await assertSafe(this.control, target, this.prefix, this.options.allowKubernetes ?? false);
    await this.prepare();
    const startMs = clock.nowMs() + START_AFTER_MS;
    this.sampler = await this.startSampler(startMs);
    await this.drive(startMs);
    const endMs = clock.nowMs();
    await this.sampler.stop();
    const loads = await Promise.all(this.loads.map(async (load) => (await load.report()) as LoadReport));
    const watches = await settledWatches(this.watcher, loads, this.keyspace(), clock);
    const audit = await this.audit(loads, watches);
    return summarize({
      profile: this.profile,
      target,
      seed: this.options.seed,
      loads,
      watches,
      audit,
      sampler: this.sampler,
      seconds: this.seconds,
      startMs,
      elapsedMs: endMs - startMs,
      cutShort: this.cutShort,
      ceilingPerS: this.options.ceilingPerS,
      connections: this.connectOptions().connections * this.loads.length,
    });
  }

  /** Ends the processes and removes what was written; what to tell where the cluster no longer answers. */
  async close(): Promise<Warning | undefined> {
    await this.sampler?.stop();
    await Promise.all(
      [...this.loads, ...(this.watcher === undefined ? [] : [this.watcher])].map((each) => each.quit()),
    );
    // The keys of members that were started here and are gone are gone with them.
    if (!this.wrote || this.options.leaveKeys === true || this.options.target.failure() !== undefined) return undefined;
    return cleanUp(this.control, this.prefix);
  }

  private async prepare(): Promise<void> {
    const { target, seed } = this.options;
    const shards = this.options.workers ?? defaultWorkers();
    const connect = await this.authenticated(this.connectOptions());
    this.wrote = true;
    for (let shard = 0; shard < shards; shard++) {
      this.loads.push(new Generator((record) => this.onSecond(record)));
    }
    await Promise.all(
      this.loads.map((load, shard) =>
        load.prepare({
          kind: 'load',
          connect,
          profile: this.profile,
          seed,
          prefix: this.prefix,
          shard,
          shards,
          mayCompact: this.options.allowCompaction ?? target.kind !== 'endpoints',
          mostInFlight: Math.ceil(MOST_IN_FLIGHT / shards),
        }),
      ),
    );
    if (this.profile.watches.length === 0) return;
    const revision = (await this.control.range({ key: this.prefix, limit: 1 })).header?.revision ?? 0;
    const watches = planWatches(this.profile, this.keyspace(), revision, target.version);
    this.watcher = new Generator(() => undefined);
    await this.watcher.prepare({ kind: 'watch', connect, watches, warmupMs: this.profile.warmup });
  }

  /** With a token where the target has a user; etcd's simple tokens live on while they are used. */
  private async authenticated(connect: ConnectOptions): Promise<ConnectOptions> {
    const { user } = this.options.target.connection;
    if (user === undefined) return connect;
    const { token } = await this.control.authenticate(user);
    return { ...connect, token };
  }

  private connectOptions(): ConnectOptions {
    const { target, client, connections } = this.options;
    const { tls } = target.connection;
    return {
      client,
      endpoints: target.endpoints,
      connections: connections ?? CONNECTIONS,
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(tls === undefined ? {} : { tls }),
    };
  }

  private startSampler(startMs: number): Promise<Sampler> {
    const { target, clock } = this.options;
    const guard = target.kind === 'endpoints' && new ClusterGuard(this.control, (reason) => this.cut(reason));
    return startSampler({
      members: target.members,
      tls: target.connection.tls,
      // A bundled member does its work in one thread; etcd uses every processor of the machine.
      processorsPerMember: { bundled: 1, etcd: availableParallelism(), endpoints: undefined }[target.kind],
      workers: target.kind === 'bundled' ? 'main thread' : 'all threads',
      clock,
      startMs,
      onRound: (latest) => {
        if (guard) return guard.onRound(latest, clock.nowMs());
        const failure = target.failure();
        if (failure !== undefined) this.cut(failure);
      },
    });
  }

  /** Resolves when the load is done, or was cut short. */
  private async drive(startMs: number): Promise<void> {
    const { clock, signal } = this.options;
    const onAbort = (): void => this.cut('interrupted');
    signal?.addEventListener('abort', onAbort);
    const lastMs = startMs + this.profile.warmup + measuredMs(this.profile) + TAIL_MS;
    const actions = runActions({
      profile: this.profile,
      target: this.options.target,
      clock,
      startMs,
      onEvent: (event) => this.sampler?.events.push(event),
    });
    this.stopActions = () => actions.stop();
    const tail = clock.after(lastMs - clock.nowMs(), () => this.loads.forEach((load) => load.stop()));
    try {
      this.watcher?.start(startMs);
      const running = Promise.all(this.loads.map((load) => load.run(startMs)));
      if (signal?.aborted === true) onAbort();
      await Promise.all([running, actions.done]);
    } catch (error) {
      throw error instanceof OperationError ? error : new OperationError(errorMessage(error));
    } finally {
      tail.cancel();
      actions.stop();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  private cut(reason: string): void {
    if (this.cutShort !== undefined) return;
    this.cutShort = reason;
    for (const load of this.loads) load.stop();
    this.stopActions();
  }

  private async audit(loads: readonly LoadReport[], watches: WatchReport | undefined): Promise<Audit | undefined> {
    const { control, options } = this;
    try {
      return await finalAudit({ control, clock: options.clock, keyspace: this.keyspace(), loads, watches });
    } catch (error) {
      // A cluster that was hurt or interrupted may not answer any more: what was measured is kept, and nothing is claimed.
      this.cutShort ??= `the final audit could not be done: ${errorMessage(error)}`;
      return undefined;
    }
  }

  private keyspace(): Keyspace {
    return keyspaceOf(this.profile, this.prefix, this.options.seed);
  }

  private onSecond(record: SecondRecord): void {
    this.seconds.push(record);
    const { onProgress } = this.options;
    const progress = onProgress && progressAt(record.second, this.seconds, this.loads.length, this.profile);
    if (progress !== undefined) onProgress?.(progress);
  }
}

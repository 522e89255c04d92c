/** The process that holds the watches: checks every event and measures from the writer's intended send to here. */
import type { Clock } from '../../base/clock.ts';
import type { LoadClient, LoadWatch } from '../../client/load/index.ts';
import { WatchChecker, readStamp, watchRequest } from '../../core/workload/index.ts';
import { bucketOf, newCounts, sparse } from './counts.ts';
import type { WatchConfig, WatchReport, WatchTaskConfig } from './protocol.ts';

interface Standing {
  readonly config: WatchConfig;
  readonly checker: WatchChecker;
  watch: LoadWatch | undefined;
  ended: string | undefined;
}

/** A watch that was lost is opened again after this long, over the next connection. */
const REOPEN_MS = 100;

export class WatchTask {
  private readonly config: WatchTaskConfig;
  private readonly clock: Clock;
  private readonly client: LoadClient;
  private readonly delivery = newCounts();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly standing: Standing[] = [];
  private closed = false;
  private measureFromMs = Infinity;

  constructor(config: WatchTaskConfig, clock: Clock, client: LoadClient) {
    this.config = config;
    this.clock = clock;
    this.client = client;
  }

  /** Resolves when every watch stands. */
  async prepare(): Promise<void> {
    await Promise.all(
      this.config.watches.map((config, number) => {
        const checker = new WatchChecker(config.name, config.startRevision, config.byKey);
        const standing: Standing = { config, checker, watch: undefined, ended: undefined };
        this.standing.push(standing);
        return new Promise<void>((resolve) => this.open(standing, number, resolve));
      }),
    );
  }

  /** Delivery counts from the end of the warm-up on. */
  start(startMs: number): void {
    this.measureFromMs = startMs + this.config.warmupMs;
  }

  report(): WatchReport {
    return {
      kind: 'watch',
      watches: this.standing.map(({ config, checker, ended }) => ({
        name: config.name,
        key: config.key,
        startRevision: config.startRevision,
        events: checker.events,
        gaps: checker.gaps,
        disorders: checker.disorders,
        violations: checker.violations,
        ended,
      })),
      delivery: sparse(this.delivery),
    };
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const { watch } of this.standing) watch?.close();
    this.client.close();
  }

  /** From behind the last revision seen, as an apiserver's reflector resumes. */
  private open(standing: Standing, connection: number, onCreated: () => void): void {
    const { config, checker } = standing;
    const watch = this.client.watch(watchRequest(config.key, checker.seenRevision, config.cached), connection, {
      onCreated,
      onEvents: (events) => {
        const now = this.clock.nowMs();
        for (const event of events) {
          checker.event(event);
          if (event.kind === 'put') this.delivered(event.value, now);
        }
      },
      onProgress: (revision) => checker.progress(revision),
      onEnd: (reason, cancelled) => {
        clearInterval(progress);
        // The server's own word (compacted, no permission) is final; a lost connection is not.
        if (cancelled) standing.ended = reason;
        else if (!this.closed) setTimeout(() => this.open(standing, connection + 1, onCreated), REOPEN_MS);
      },
    });
    standing.watch = watch;
    const everyMs = config.progressEveryMs;
    const progress = everyMs === undefined ? undefined : setInterval(() => watch.requestProgress(), everyMs);
    if (progress !== undefined) this.timers.push(progress);
  }

  private delivered(value: Uint8Array, nowMs: number): void {
    const stamp = readStamp(value);
    if (stamp === undefined || stamp.intendedMs < this.measureFromMs) return;
    this.delivery[bucketOf(nowMs - stamp.intendedMs)]!++;
  }
}

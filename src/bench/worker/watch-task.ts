/** The process that holds the watches: checks every event and measures from the writer's intended send to here. */
import type { ByteString } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import type { LoadClient, LoadWatch } from '../../client/load/index.ts';
import { WatchChecker, readStamp, watchRequest } from '../../core/workload/index.ts';
import { bucketOf, newCounts, sparse } from './counts.ts';
import type { WatchConfig, WatchReport, WatchTaskConfig } from './protocol.ts';

interface Standing {
  readonly config: WatchConfig;
  readonly checker: WatchChecker;
  readonly watch: LoadWatch;
  ended: string | undefined;
}

export class WatchTask {
  private readonly config: WatchTaskConfig;
  private readonly clock: Clock;
  private readonly client: LoadClient;
  private readonly delivery = newCounts();
  private readonly timers: NodeJS.Timeout[] = [];
  private standing: readonly Standing[] = [];
  private measureFromMs = Infinity;
  private readonly cpuBefore = process.cpuUsage();

  constructor(config: WatchTaskConfig, clock: Clock, client: LoadClient) {
    this.config = config;
    this.clock = clock;
    this.client = client;
  }

  /** Resolves when every watch stands. */
  async prepare(): Promise<void> {
    const opened: Promise<Standing>[] = this.config.watches.map((watch, number) => this.open(watch, number));
    this.standing = await Promise.all(opened);
  }

  /** Delivery counts from the end of the warm-up on. */
  start(startMs: number): void {
    this.measureFromMs = startMs + this.config.warmupMs;
  }

  report(): WatchReport {
    const cpu = process.cpuUsage(this.cpuBefore);
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
      cpuUs: cpu.user + cpu.system,
    };
  }

  close(): void {
    for (const timer of this.timers) clearInterval(timer);
    for (const { watch } of this.standing) watch.close();
    this.client.close();
  }

  private open(config: WatchConfig, connection: number): Promise<Standing> {
    return new Promise((resolve, reject) => {
      const checker = new WatchChecker(config.name, config.startRevision, config.byKey);
      const request = requestOf(config.key, config.startRevision);
      const watch = this.client.watch(request, connection, {
        onCreated: () => resolve(standing),
        onEvents: (events) => {
          const now = this.clock.nowMs();
          for (const event of events) {
            checker.event(event);
            if (event.kind === 'put') this.delivered(event.value, now);
          }
        },
        onProgress: (revision) => checker.progress(revision),
        onEnd: (reason) => {
          standing.ended = reason;
          reject(new Error(`watch "${config.name}" on ${config.key}: ${reason}`));
        },
      });
      const standing: Standing = { config, checker, watch, ended: undefined };
      if (config.progressEveryMs !== undefined) {
        this.timers.push(setInterval(() => watch.requestProgress(), config.progressEveryMs));
      }
    });
  }

  private delivered(value: Uint8Array, nowMs: number): void {
    const stamp = readStamp(value);
    if (stamp === undefined || stamp.intendedMs < this.measureFromMs) return;
    this.delivery[bucketOf(nowMs - stamp.intendedMs)]!++;
  }
}

/** A key that ends in a slash is a prefix: the whole resource. */
function requestOf(key: ByteString, startRevision: number): ReturnType<typeof watchRequest> {
  const request = watchRequest(key, startRevision);
  return key.endsWith('/') ? request : { ...request, rangeEnd: '' };
}

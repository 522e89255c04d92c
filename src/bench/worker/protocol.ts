/** What the parent and its generator processes say to each other (structured clones over IPC). */
import type { ByteString } from '../../base/bytes.ts';
import type { TlsOptions } from '../../client/control/index.ts';
import type { LedgerReport, Profile } from '../../core/workload/index.ts';
import type { ClassRecord, SecondRecord } from './recorder.ts';
import type { SparseCounts } from './counts.ts';

export type ClientKind = 'lean' | 'grpc-js';

/** How a generator reaches the cluster. */
export interface ConnectOptions {
  readonly client: ClientKind;
  /** `host:port`. */
  readonly endpoints: readonly string[];
  readonly connections: number;
  readonly timeoutMs: number;
  readonly tls?: TlsOptions;
  readonly token?: string;
}

/** One of `shards` generators of the load. */
export interface LoadTaskConfig {
  readonly kind: 'load';
  readonly connect: ConnectOptions;
  /** Composed, stretched and scaled. */
  readonly profile: Profile;
  readonly seed: number;
  readonly prefix: ByteString;
  readonly shard: number;
  readonly shards: number;
  readonly mayCompact: boolean;
  readonly mostInFlight: number;
}

/** The process that holds the watches. */
export interface WatchTaskConfig {
  readonly kind: 'watch';
  readonly connect: ConnectOptions;
  readonly watches: readonly WatchConfig[];
  /** Events of values meant to be sent before this instant count, but not their delivery. */
  readonly warmupMs: number;
}

export interface WatchConfig {
  readonly name: string;
  /** The key of one object, or a prefix that ends in a slash. */
  readonly key: ByteString;
  readonly startRevision: number;
  /** As a watch cache opens it; false: as a client does, of what no cache holds. */
  readonly cached: boolean;
  readonly progressEveryMs: number | undefined;
  /** Whether it keeps the version of every key; one of the watches of a prefix is enough. */
  readonly byKey: boolean;
}

export type ToWorker =
  | { readonly kind: 'prepare'; readonly task: LoadTaskConfig | WatchTaskConfig }
  /** CLOCK_MONOTONIC of the profile's instant zero. */
  | { readonly kind: 'start'; readonly startMs: number }
  /** Start nothing more, finish what is under way. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'report' }
  | { readonly kind: 'quit' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'second'; readonly record: SecondRecord }
  | { readonly kind: 'idle' }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'failed'; readonly message: string };

export interface LoadReport {
  readonly kind: 'load';
  readonly classes: readonly ClassRecord[];
  /** What the first error of each code said. */
  readonly errorTexts: Readonly<Record<string, string>>;
  /** By phase; the warm-up, where there is one, is the first. */
  readonly scheduleLag: readonly SparseCounts[];
  readonly loopDelay: SparseCounts;
  readonly ledger: LedgerReport;
  readonly regressions: number;
  readonly violations: readonly string[];
  /** Processor time from start to report, user and system. */
  readonly cpuUs: number;
  readonly requests: number;
}

export interface WatchReport {
  readonly kind: 'watch';
  readonly watches: readonly {
    readonly name: string;
    readonly key: ByteString;
    readonly startRevision: number;
    readonly events: number;
    readonly gaps: number;
    readonly disorders: number;
    readonly violations: readonly string[];
    /** Why it ended, where it did before it should. */
    readonly ended: string | undefined;
  }[];
  readonly delivery: SparseCounts;
}

export type WorkerReport = LoadReport | WatchReport;

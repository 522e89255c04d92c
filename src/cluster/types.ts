/** What the load is driven at. */
import type { ControlOptions } from '../client/control/index.ts';
import type { Settings } from '../core/run/index.ts';

/** Which target is wanted. */
export type TargetSpec =
  | {
      readonly kind: 'bundled';
      readonly members: number;
      /** Further flags for every member, as etcd takes them: `--heartbeat-interval=250`. */
      readonly flags?: readonly string[];
      /** A disk that each member's write-ahead log is slowed down to: a model's name (`gp3`) or file. */
      readonly diskModel?: string;
      /** Under which the members' data directories are made; the system's temporary folder unless told. */
      readonly dataRoot?: string;
    }
  | {
      readonly kind: 'etcd';
      /** Path of the etcd binary, or its name in PATH. */
      readonly binary: string;
      readonly members: number;
      readonly flags?: readonly string[];
      readonly dataRoot?: string;
    }
  | {
      readonly kind: 'endpoints';
      /** As the control client takes them: endpoints, TLS, user. */
      readonly connection: ControlOptions;
    };

export interface Member {
  readonly name: string;
  readonly clientUrl: string;
  /** Where /metrics, /health and /version are. */
  readonly metricsUrl: string;
  /** Of a spawned member while it runs. */
  readonly pid?: number | undefined;
  readonly dataDir?: string;
}

export interface Target {
  readonly kind: TargetSpec['kind'];
  /** As /version tells it. */
  readonly version: string;
  /** `host:port` of every member. */
  readonly endpoints: readonly string[];
  readonly members: readonly Member[];
  /** How to reach it. */
  readonly connection: ControlOptions;
  /** What the members were started with, as far as known here. */
  readonly settings: Settings;
  /** The name of the modelled disk under each member, where it is not the real one. */
  readonly diskModel?: string;
  /** Absent for endpoints: members that were not started here are not hurt from here. */
  readonly hurt?: MemberControl;
  /** Why a spawned member ended that should not have; undefined while all run. */
  failure(): string | undefined;
  /** Ends the members and removes their data. Does nothing the second time. */
  stop(): Promise<void>;
}

/** What can be done to spawned members, by name. */
export interface MemberControl {
  /** SIGSTOP: it holds its connections and answers nothing. */
  pause(name: string): void;
  resume(name: string): void;
  /** SIGKILL; its data stays. */
  kill(name: string): Promise<void>;
  /** SIGTERM, and the end awaited. */
  terminate(name: string): Promise<void>;
  /** Starts a member that has ended on the data it left; resolves when it answers. */
  restart(name: string): Promise<void>;
}

/**
 * A member and all that goes on around it: its gRPC methods, and the drivers that count time for leases, watches and
 * compactions. It has no port of its own; connections are handed to `grpc`.
 */
import { asError } from '../base/errors.ts';
import { MESSAGE_OVERHEAD_BYTES } from '../core/api/index.ts';
import { NOBODY } from '../core/raft/index.ts';
import type { ConnectionLimits } from '../wire/http2/limits.ts';
import { GrpcServer } from '../wire/grpc/server.ts';
import { registerCluster } from './handlers/cluster.ts';
import { registerElection } from './handlers/election.ts';
import { LeaderRequests } from './handlers/forwarding.ts';
import { registerKv } from './handlers/kv.ts';
import { registerHealth } from './handlers/health.ts';
import { LeaderGuard } from './handlers/leader-guard.ts';
import { registerLease } from './handlers/lease.ts';
import { registerLock } from './handlers/lock.ts';
import { registerMaintenance } from './handlers/maintenance.ts';
import { registerObserve } from './handlers/observe.ts';
import { registerWatch } from './handlers/watch.ts';
import { AlarmRaiser } from './maintenance/alarm-raiser.ts';
import { AutoCompaction } from './maintenance/auto-compaction.ts';
import type { AutoCompactor } from './maintenance/auto-compactor.ts';
import { CompactionDriver } from './maintenance/compaction-driver.ts';
import { CorruptionCheck } from './maintenance/corruption-check.ts';
import { LeaseKeeper } from './maintenance/lease-keeper.ts';
import { WatchDriver } from './maintenance/watch-driver.ts';
import { Member } from './member/member.ts';
import type { MemberParts } from './member/parts.ts';
import { Publisher } from './member/publisher.ts';
import { exportStoreMetrics } from './metrics/store-metrics.ts';
import { observeCalls } from './metrics/call-times.ts';

export interface ServiceOptions {
  readonly limits: Partial<ConnectionLimits>;
  readonly keepaliveMinTimeMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly autoCompactor: AutoCompactor | undefined;
  /** How often the members' hashes are compared; 0 is never, as in etcd unless told. */
  readonly corruptCheckMs: number;
  /** Unary calls that take longer are logged. */
  readonly warningUnaryMs: number;
  /** Time every call. */
  readonly extensiveMetrics: boolean;
}

export class MemberServices {
  readonly member: Member;
  readonly grpc: GrpcServer;
  readonly #watches: WatchDriver;
  readonly #leases: LeaseKeeper;
  readonly #compaction: CompactionDriver;
  readonly #autoCompaction: AutoCompaction | undefined;
  readonly #corruption: CorruptionCheck;
  readonly #guard: LeaderGuard;
  readonly #leaderRequests: LeaderRequests;
  readonly #publisher: Publisher;

  constructor(parts: MemberParts, options: ServiceOptions) {
    const { clock, random, metrics, settings, log } = parts;
    const { registry } = metrics;
    const member = new Member(parts);
    this.member = member;
    const store = (): Member['store'] => member.store;
    this.#watches = new WatchDriver({
      store,
      clock,
      random,
      registry,
      progressIntervalMs: settings.progressNotifyIntervalMs,
      fragmentBytes: settings.maxRequestBytes + MESSAGE_OVERHEAD_BYTES,
    });
    this.#leases = new LeaseKeeper(member);
    this.#compaction = new CompactionDriver({
      store,
      clock,
      registry,
      batchRevisions: settings.compactionBatchRevisions,
      sleepMs: settings.compactionSleepMs,
      commit: () => member.commitBackend(),
    });
    const { autoCompactor } = options;
    this.#autoCompaction = autoCompactor && new AutoCompaction(autoCompactor, member);
    this.#guard = new LeaderGuard(clock, settings.electionMs, () => member.leader !== NOBODY);
    this.#publisher = new Publisher(member);
    const alarms = new AlarmRaiser(member);
    const leaderRequests = new LeaderRequests(member);
    this.#leaderRequests = leaderRequests;
    this.#corruption = new CorruptionCheck(member, leaderRequests, options.corruptCheckMs);

    this.grpc = new GrpcServer({
      clock,
      limits: options.limits,
      keepaliveMinTimeMs: options.keepaliveMinTimeMs,
      keepaliveTimeMs: options.keepaliveIntervalMs,
      keepaliveTimeoutMs: options.keepaliveTimeoutMs,
      observer: observeCalls({ clock, log, registry, ...options }),
      onHandlerError: (error) => parts.onFatal(asError(error)),
    });
    registerKv(this.grpc, { member, compaction: this.#compaction, alarms });
    registerWatch(this.grpc, member, this.#watches, this.#guard);
    registerLease(this.grpc, { member, keeper: this.#leases, alarms, leaderRequests, guard: this.#guard });
    registerCluster(this.grpc, member, leaderRequests);
    registerMaintenance(this.grpc, member);
    registerHealth(this.grpc, member, this.#guard);
    const concurrency = { member, watches: this.#watches, keeper: this.#leases, alarms };
    registerLock(this.grpc, concurrency);
    registerElection(this.grpc, concurrency);
    registerObserve(this.grpc, concurrency, this.#guard);
    exportStoreMetrics(registry, member);
    registry.read(
      'etcd_network_client_grpc_sent_bytes_total',
      'The total bytes sent to grpc clients.',
      'counter',
      () => this.grpc.sentBytes,
    );
    registry.read(
      'etcd_network_client_grpc_received_bytes_total',
      'The total bytes received from grpc clients.',
      'counter',
      () => this.grpc.receivedBytes,
    );

    member.observe({
      onEvents: (events) => this.#watches.onEvents(events),
      onApplied: () => this.#compaction.wake(),
      onLeadership: (isLeader) => {
        if (!isLeader) this.#leases.demote();
        this.#autoCompaction?.onLeadership(isLeader);
        this.#corruption.onLeadership(isLeader);
      },
      onTermStarted: () => this.#leases.promote(),
      onStoreReplaced: () => {
        this.#watches.onStoreReplaced();
        this.#compaction.wake();
      },
      onForward: (request, answer) => leaderRequests.onForward(request, answer),
      onNoSpace: () => alarms.raiseAfterApply(),
    });
    log.debug('services are ready');
  }

  start(): void {
    this.member.start();
    this.#publisher.start();
    this.#compaction.wake();
  }

  /** Compares the members' hashes now; `done` with those found corrupt. */
  checkCorruption(done: Parameters<CorruptionCheck['check']>[0]): void {
    this.#corruption.check(done);
  }

  /** Hashes what is held at a revision; `done` with undefined where it has not come yet, or is compacted. */
  hashAt(...call: Parameters<CorruptionCheck['hash']>): void {
    this.#corruption.hash(...call);
  }

  /** Calls back once the cluster knows this member's name and client URLs, which is when it is ready to serve. */
  whenPublished(done: () => void): void {
    this.#publisher.whenPublished(done);
  }

  stop(): void {
    this.#publisher.stop();
    this.#watches.stop();
    this.#leases.stop();
    this.#compaction.stop();
    this.#autoCompaction?.stop();
    this.#corruption.stop();
    this.#guard.stop();
    this.#leaderRequests.stop();
    this.member.stop();
  }
}

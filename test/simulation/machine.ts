/** One machine: a disk, a backend's media, and the member that runs on them from one crash to the next. */
import type { Disk, DiskFile } from '../../src/base/disk.ts';
import { DiskError } from '../../src/base/disk.ts';
import type { Random } from '../../src/base/random.ts';
import { DEFAULT_LESSOR_OPTIONS, DEFAULT_STORE_OPTIONS } from '../../src/core/mvcc/index.ts';
import { RAFT_DEFAULTS, RaftNode, type MemberId, type RaftConfig } from '../../src/core/raft/index.ts';
import { openLog, type FirstStart } from '../../src/server/boot/open-log.ts';
import { silentLogger } from '../../src/server/log.ts';
import type { Member } from '../../src/server/member/member.ts';
import type { MemberParts, MemberSettings } from '../../src/server/member/parts.ts';
import { memberMetrics } from '../../src/server/metrics/member-metrics.ts';
import { Membership } from '../../src/server/membership/membership.ts';
import { MemberServices } from '../../src/server/services.ts';
import { MemoryBackend, memoryMedia } from '../../src/storage/backend/index.ts';
import { MarkDirectory } from '../../src/storage/snapshot/index.ts';
import { LogDamageError } from '../../src/storage/wal/index.ts';
import { SimulatedDisk, type CrashChoice } from '../support/disks/simulated-disk.ts';
import { DATA_DIRECTORY, inThreadLog, SERVICES, SETTINGS as MEMBER_SETTINGS } from '../support/member-parts.ts';
import type { ClockRates } from './lease-checker.ts';
import { Violation, watchRaft, type Ledger } from './ledger.ts';
import { MachineClock } from './machine-clock.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Scheduler } from './scheduler.ts';

/** Small, so that segments are cut, snapshots made and logs truncated all the time. */
const SEGMENT_BYTES = 32 * 1024;

/** How often a leader looks for expired leases, in milliseconds. Source: etcd server/lease/lessor.go. */
export const LEASE_SCAN_MS = 500;

export const SETTINGS: MemberSettings = {
  ...MEMBER_SETTINGS,
  heartbeatMs: 10,
  electionMs: 100,
  snapshotCount: 150,
  snapshotCatchupEntries: 40,
  // Short, or truncation would hardly ever be seen.
  snapshotReleaseDelayMs: 50,
  heldLogBytes: 64 * 1024,
  backendBatchIntervalMs: 20,
  backendBatchOperations: 1000,
  progressNotifyIntervalMs: 50,
  compactionBatchRevisions: 20,
  store: { ...DEFAULT_STORE_OPTIONS, leases: { ...DEFAULT_LESSOR_OPTIONS, minTtlS: 1 } },
};

/** Leases with checkpoints, so often that leases of two seconds see one. */
const WITH_CHECKPOINTS: MemberSettings = {
  ...SETTINGS,
  leaseCheckpoints: true,
  store: {
    ...DEFAULT_STORE_OPTIONS,
    leases: { minTtlS: 1, persistCheckpoints: true, checkpointIntervalS: 1 },
  },
};

export interface World {
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly ledger: Ledger;
  readonly random: Random;
  /** What every member's consensus machine is told, where it is not etcd's own figures. */
  readonly raft: Partial<RaftConfig>;
  /** Whether leases are checkpointed through the log. */
  readonly hasLeaseCheckpoints: boolean;
  /** How fast the members' clocks have run so far. */
  readonly rates: ClockRates;
  /** Something that must not happen has happened. */
  readonly fail: (error: unknown) => void;
}

export class Machine {
  readonly name: string;
  readonly id: MemberId;
  readonly disk = new SimulatedDisk();
  readonly #world: World;
  readonly #first: FirstStart;
  readonly #media = memoryMedia();
  readonly #random: Random;
  #backend: MemoryBackend | undefined;
  #clock: MachineClock | undefined;
  #lives = 0;
  /** It has ended itself, in a call that is still under way. */
  #isEnding = false;
  /** Running and answering. */
  services: MemberServices | undefined;
  /** Removed from the cluster for good. */
  isRetired = false;
  /** Milliseconds that a sync takes, at most. */
  syncMs = 0.4;
  clockRate = 1;
  /** The next reading of the log meets one changed bit. */
  flipsNextRead = false;
  /** The disk takes no more bytes. */
  isDiskFull = false;
  /** Refusals to start because of a changed bit or a full disk, which are as it should be. */
  refusals = 0;
  onDown: () => void = () => undefined;

  constructor(world: World, name: string, first: FirstStart) {
    this.#world = world;
    this.#first = first;
    this.name = name;
    this.id = first.id;
    this.#random = world.random.fork();
    this.disk.makeDirectory(DATA_DIRECTORY);
    this.disk.syncDirectory('/');
  }

  get isUp(): boolean {
    return this.#clock !== undefined && !this.#clock.isDead;
  }

  get member(): Member | undefined {
    return this.services?.member;
  }

  /** Runs a client's call on the machine; false when nobody is there to take it. */
  serve(call: (services: MemberServices) => void): boolean {
    const { services } = this;
    if (!this.isUp || services === undefined) return false;
    this.#clock!.enter(() => call(services));
    return true;
  }

  /** The same for what is no client's. */
  enter(call: (member: Member) => void): boolean {
    return this.serve(({ member }) => call(member));
  }

  pause(untilMs: number): void {
    this.#clock?.pause(untilMs);
  }

  jumpWallClock(byMs: number): void {
    if (this.#clock !== undefined) this.#clock.wallSkewMs += byMs;
  }

  start(): void {
    if (this.isUp || this.isRetired || this.#isEnding) return;
    const { scheduler, rates, fail } = this.#world;
    rates.slowest = Math.min(rates.slowest, this.clockRate);
    rates.fastest = Math.max(rates.fastest, this.clockRate);
    const life = `${this.name} (life ${++this.#lives})`;
    const clock = new MachineClock(scheduler, this.clockRate, (error) => fail(withLife(life, error)));
    this.#clock = clock;
    clock.enter(() => {
      try {
        this.#open(life, clock);
      } catch (error) {
        const isRefusal = error instanceof LogDamageError && this.flipsNextRead;
        if (!isRefusal && !(error instanceof DiskError)) throw error;
        this.refusals++;
        this.#end();
      }
      this.flipsNextRead = false;
    });
  }

  #open(life: string, clock: MachineClock): void {
    const { scheduler, ledger, network } = this.#world;
    const disk = this.flipsNextRead
      ? flippingReads(this.disk, this.#random)
      : fillable(this.disk, () => this.isDiskFull);
    const backend = new MemoryBackend(this.#media, { clock, flushDelayMs: () => this.#random.float() * 30 });
    this.#backend = backend;
    const metrics = memberMetrics();
    const onFatal = (error: Error): void => this.#onFatal(life, error);
    openLog(
      inThreadLog({
        disk,
        backend,
        metrics,
        marks: new MarkDirectory(this.disk, `${DATA_DIRECTORY}/snap`),
        firstStart: () => this.#first,
        segmentBytes: SEGMENT_BYTES,
        nowMs: () => clock.nowMs(),
        later: (finish) => void scheduler.after(this.#random.float() * this.syncMs, () => clock.enter(finish)),
        onFatal,
      }),
      (log) => {
        const raft = new RaftNode(
          { ...RAFT_DEFAULTS, ...this.#world.raft, id: log.id, random: this.#random.fork() },
          log.restored,
        );
        const parts: MemberParts = {
          id: log.id,
          clusterId: log.clusterId,
          name: this.name,
          clientUrls: [],
          settings: this.#world.hasLeaseCheckpoints ? WITH_CHECKPOINTS : SETTINGS,
          clock,
          random: this.#random.fork(),
          log: silentLogger,
          metrics,
          backend,
          membership: Membership.from(backend),
          raft: watchRaft(raft, log.id, life, log.restored, ledger),
          isAlone: false,
          mark: log.restored.snapshot,
          wal: log.writer,
          marks: {
            save: (mark, done) => {
              ledger.checkMembers(life, mark.index, mark.confState);
              log.markStore.save(mark, done);
            },
            release: (index) => log.markStore.release(index),
          },
          transport: network.transport(log.id, clock),
          onFatal,
        };
        this.services = new MemberServices(parts, SERVICES);
        this.services.start();
      },
    );
  }

  /** The member ends itself. */
  #onFatal(life: string, error: Error): void {
    const isRemoval = error.message.includes('permanently removed');
    if (isRemoval) this.isRetired = true;
    else if (!(error instanceof DiskError)) this.#world.fail(withLife(life, error));
    // Nothing more happens on the machine, but for the call that is under way.
    this.#clock?.kill();
    this.#isEnding = true;
    this.#world.scheduler.after(0, () => {
      this.#isEnding = false;
      this.#end();
      // A failed sync leaves it open which of its bytes are there.
      this.disk.crash({
        keepSector: () => this.#random.below(2) === 0,
        keepSize: () => true,
        keepNames: (count) => count,
      });
    });
  }

  /** The machine goes down; `choice` says which bytes that were never synced survive. */
  crash(choice: CrashChoice): void {
    if (!this.isUp) return;
    this.#end();
    this.disk.crash(choice);
  }

  #end(): void {
    this.#clock?.kill();
    this.services = undefined;
    this.#backend?.crash(this.#random);
    this.#backend = undefined;
    this.onDown();
  }

  /** The hash over all keys up to a revision, 0 for all; undefined while the machine is down. */
  hash(revision: number): string | undefined {
    const store = this.member?.store;
    if (store === undefined) return undefined;
    const work = store.hashKV(revision);
    while (!work.step(10_000));
    return `${work.revision}:${work.hash}`;
  }
}

/** Changes one bit of what is read, once. */
function flippingReads(disk: SimulatedDisk, random: Random): Disk {
  let isFlipped = false;
  return wrapFiles(disk, (file) => ({
    read: (into, position) => {
      const length = file.read(into, position);
      if (!isFlipped && length > 0) {
        isFlipped = true;
        // Where records are, not in the zeros of the preallocated tail.
        const used = into.subarray(0, length).findLastIndex((byte) => byte !== 0) + 1;
        if (used > 0) into[random.below(used)]! ^= 1 << random.below(8);
      }
      return length;
    },
  }));
}

function fillable(disk: SimulatedDisk, isFull: () => boolean): Disk {
  return wrapFiles(disk, (file) => ({
    write: (bytes, position) => {
      if (isFull()) throw new DiskError('write', file.path, 'ENOSPC');
      file.write(bytes, position);
    },
  }));
}

function wrapFiles(disk: SimulatedDisk, change: (file: DiskFile) => Partial<DiskFile>): Disk {
  return {
    open: (path, mode) => {
      const file = disk.open(path, mode);
      return {
        path,
        write: (bytes, position) => file.write(bytes, position),
        read: (into, position) => file.read(into, position),
        datasync: () => file.datasync(),
        sync: () => file.sync(),
        truncate: (size) => file.truncate(size),
        preallocate: (size) => file.preallocate(size),
        sizeBytes: () => file.sizeBytes(),
        close: () => file.close(),
        ...change(file),
      };
    },
    list: (directory) => disk.list(directory),
    makeDirectory: (directory) => disk.makeDirectory(directory),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (directory) => disk.syncDirectory(directory),
    stat: (path) => disk.stat(path),
    freeBytes: () => disk.freeBytes(),
    lock: (directory) => disk.lock(directory),
  };
}

function withLife(life: string, error: unknown): Error {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Violation(`${life}: ${text}`, { cause: error });
}

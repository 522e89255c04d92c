/** Members in one process on a manual clock: real server, raft and log code; disk, backend and network in memory. */
import type { Disk } from '../../src/base/disk.ts';
import { seededRandom } from '../../src/base/random.ts';
import {
  decodeMessage,
  encodeMessage,
  RAFT_DEFAULTS,
  RaftNode,
  type MemberId,
  type SnapshotMark,
} from '../../src/core/raft/index.ts';
import { firstEntries, initialClusterId, initialMembers } from '../../src/server/boot/bootstrap.ts';
import { openLog } from '../../src/server/boot/open-log.ts';
import { silentLogger } from '../../src/server/log.ts';
import { memberMetrics } from '../../src/server/metrics/member-metrics.ts';
import { Membership } from '../../src/server/membership/membership.ts';
import type { MemberSettings } from '../../src/server/member/parts.ts';
import type { PeerHandlers, PeerTransport } from '../../src/server/peer/transport.ts';
import { MemberServices } from '../../src/server/services.ts';
import { MemoryBackend, memoryMedia, type MemoryMedia } from '../../src/storage/backend/index.ts';
import { ManualClock } from './manual-clock.ts';
import { DATA_DIRECTORY, inThreadLog, SERVICES, SETTINGS } from './member-parts.ts';
import { LOSE_UNSYNCED, SimulatedDisk, type CrashChoice } from './disks/simulated-disk.ts';

const SEGMENT_BYTES = 1 << 20;

interface Machine {
  readonly name: string;
  readonly disk: SimulatedDisk;
  readonly media: MemoryMedia;
  readonly marks: SnapshotMark[];
  /** Counts the crashes. */
  life: number;
  services: MemberServices | undefined;
  backend: MemoryBackend | undefined;
}

export class MemoryCluster {
  readonly clock = new ManualClock();
  readonly fatal: Error[] = [];
  readonly #random = seededRandom(7);
  readonly #machines: Machine[] = [];
  readonly #handlers = new Map<MemberId, PeerHandlers>();
  readonly #urls: ReadonlyMap<string, readonly string[]>;
  readonly #settings: MemberSettings;
  readonly #wrapDisk: (disk: Disk) => Disk;
  readonly #backendFlushMs: number;
  /** Pairs of members that cannot reach each other, as `from>to`. */
  readonly cut = new Set<string>();
  /** How long a snapshot is on its way. */
  snapshotMs = 1;
  snapshotsSent = 0;

  constructor(
    size: number,
    settings: Partial<MemberSettings> = {},
    wrapDisk: (disk: Disk) => Disk = (disk) => disk,
    backendFlushMs = 5,
  ) {
    this.#wrapDisk = wrapDisk;
    this.#backendFlushMs = backendFlushMs;
    this.#settings = { ...SETTINGS, ...settings };
    const names = Array.from({ length: size }, (_, i) => `m${i + 1}`);
    this.#urls = new Map(names.map((name, i) => [name, [`http://127.0.0.1:${1000 + i}`]]));
    for (const name of names) {
      const disk = new SimulatedDisk();
      disk.makeDirectory(DATA_DIRECTORY);
      disk.syncDirectory('/');
      this.#machines.push({
        name,
        disk,
        media: memoryMedia(),
        marks: [],
        life: 0,
        services: undefined,
        backend: undefined,
      });
    }
    names.forEach((_, i) => this.start(i));
  }

  services(i: number): MemberServices {
    return this.#machines[i]!.services!;
  }

  backend(i: number): MemoryBackend {
    return this.#machines[i]!.backend!;
  }

  get leader(): MemberServices | undefined {
    return this.#machines.map(({ services }) => services).find((services) => services?.member.isLeader);
  }

  /** Lets time pass until some member leads. */
  elect(): MemberServices {
    for (let i = 0; i < 100 && this.leader === undefined; i++) this.clock.advance(100);
    if (this.leader === undefined) throw new Error('no leader within 10 s');
    this.clock.advance(300);
    return this.leader;
  }

  /** The machine goes down; of what no sync covers `choice` says what is left. */
  crash(i: number, choice: CrashChoice = LOSE_UNSYNCED): void {
    const machine = this.#machines[i]!;
    const { services, disk, backend } = machine;
    if (services !== undefined) this.#handlers.delete(services.member.parts.id);
    services?.stop();
    machine.services = undefined;
    machine.life++;
    disk.crash(choice);
    backend?.crash(this.#random);
  }

  start(i: number): void {
    const machine = this.#machines[i]!;
    const backend = new MemoryBackend(machine.media, { clock: this.clock, flushDelayMs: () => this.#backendFlushMs });
    const metrics = memberMetrics();
    const members = initialMembers(this.#urls, 'test');
    const own = members.find((member) => member.name === machine.name)!;
    const disk = this.#wrapDisk(machine.disk);
    const { life } = machine;
    openLog(
      inThreadLog({
        disk,
        backend,
        metrics,
        marks: {
          list: () => machine.marks.toReversed(),
          save: (mark) => machine.marks.push(mark),
        },
        firstStart: () => ({ id: own.id, clusterId: initialClusterId(members), ...firstEntries(members) }),
        segmentBytes: SEGMENT_BYTES,
        nowMs: () => this.clock.nowMs(),
        // A machine that went down meanwhile finishes nothing.
        later: (finish) =>
          void this.clock.after(1, () => {
            if (machine.life === life) finish();
          }),
        onFatal: (error) => this.fatal.push(error),
      }),
      (log) => {
        const settings = this.#settings;
        const raft = new RaftNode({ ...RAFT_DEFAULTS, id: log.id, random: this.#random.fork() }, log.restored);
        machine.backend = backend;
        machine.services = new MemberServices(
          {
            id: log.id,
            clusterId: log.clusterId,
            name: machine.name,
            clientUrls: [`http://${machine.name}:2379`],
            settings,
            clock: this.clock,
            random: this.#random.fork(),
            log: silentLogger,
            metrics,
            backend,
            membership: Membership.from(backend),
            raft,
            isAlone: members.length === 1,
            mark: log.restored.snapshot,
            wal: log.writer,
            marks: log.markStore,
            transport: this.#transport(log.id),
            onFatal: (error) => this.fatal.push(error),
          },
          SERVICES,
        );
        machine.services.start();
      },
    );
    this.clock.settle();
  }

  #transport(own: MemberId): PeerTransport {
    const isCut = (to: MemberId): boolean => this.cut.has(`${own}>${to}`);
    return {
      start: (handlers) => this.#handlers.set(own, handlers),
      setPeer: () => undefined,
      removePeer: () => undefined,
      send: (messages) => {
        for (const message of messages) {
          const bytes = encodeMessage(message);
          this.clock.after(1, () => {
            const handlers = this.#handlers.get(message.to);
            if (handlers === undefined || isCut(message.to)) this.#handlers.get(own)?.onUnreachable(message.to);
            else handlers.onMessage(decodeMessage(bytes));
          });
        }
      },
      sendSnapshot: (to, snapshot) => {
        this.snapshotsSent++;
        this.clock.after(this.snapshotMs, () => {
          const handlers = this.#handlers.get(to);
          if (handlers === undefined || isCut(to)) {
            snapshot.close(false);
            return;
          }
          const sink = handlers.onSnapshot(own, snapshot.term, snapshot.mark);
          for (let chunk = snapshot.next(); chunk !== undefined; chunk = snapshot.next()) sink.write(chunk);
          sink.finish();
          snapshot.close(true);
        });
      },
      forward: (to, request, _timeoutMs, done) => {
        this.clock.after(1, () => {
          const handlers = this.#handlers.get(to);
          if (handlers === undefined || isCut(to)) done(undefined);
          else handlers.onForward(own, request, (response) => this.clock.after(1, () => done(response)));
        });
      },
      activeSinceMs: (id) => (this.#handlers.has(id) && !isCut(id) ? 0 : undefined),
      stop: (done) => done(),
    };
  }
}

/** What goes wrong, when, and for how long: drawn from the seed. */
import type { Random } from '../../src/base/random.ts';
import type { MemberId } from '../../src/core/raft/index.ts';
import { KEEP_ALL, LOSE_UNSYNCED, tearAtRandom } from '../support/disks/simulated-disk.ts';
import type { Machine } from './machine.ts';
import type { Churn } from './churn.ts';
import type { Pace } from './clients.ts';
import { FAIR_WEATHER, type SimulatedNetwork } from './network.ts';
import type { Scheduler } from './scheduler.ts';

/** A fault comes once in so long, on average. */
const MEAN_GAP_MS = 20;
/** Between stretches of faults the cluster is left alone but for changes of leaders, so that leases come of age. */
const ROUGH_MS = 1500;
const CALM_MS = 1500;
const MEAN_CALM_GAP_MS = 300;
/** Clients think longer in a calm, or they would be done before it is over. */
const ROUGH_THINK_MS = 10;
const CALM_THINK_MS = 100;
const KINDS = [
  'crash',
  'crash that tears',
  'kill',
  'partition',
  'one-way cut',
  'isolated leader',
  'deaf leader',
  'pause',
  'storm',
  'slow disk',
  'full disk',
  'changed bit',
  'skewed clock',
  'membership',
  'transfer',
] as const;

export type FaultKind = (typeof KINDS)[number];

export interface NemesisOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly network: SimulatedNetwork;
  readonly machines: () => readonly Machine[];
  readonly churn: Churn;
  readonly pace: Pace;
}

export class Nemesis {
  readonly counts = new Map<FaultKind, number>();
  readonly #options: NemesisOptions;
  #isStopped = false;
  #isCalm = false;

  constructor(options: NemesisOptions) {
    this.#options = options;
  }

  start(): void {
    this.#turn(false);
    this.#scheduleNext();
  }

  /** Everything is whole again from here on. */
  stop(): void {
    this.#isStopped = true;
    this.#mend();
  }

  /** Calm and rough stretches take turns. */
  #turn(isCalm: boolean): void {
    if (this.#isStopped) return;
    const { pace } = this.#options;
    this.#isCalm = isCalm;
    pace.thinkMs = isCalm ? CALM_THINK_MS : ROUGH_THINK_MS;
    if (isCalm) this.#mend();
    this.#later(isCalm ? CALM_MS : ROUGH_MS, () => this.#turn(!isCalm));
  }

  #mend(): void {
    const { network, machines } = this.#options;
    network.cut.clear();
    network.weather = FAIR_WEATHER;
    for (const machine of machines()) {
      machine.syncMs = 0.4;
      machine.isDiskFull = false;
      machine.flipsNextRead = false;
      machine.start();
    }
  }

  get total(): number {
    let total = 0;
    for (const count of this.counts.values()) total += count;
    return total;
  }

  #scheduleNext(): void {
    const { scheduler, random } = this.#options;
    const meanMs = this.#isCalm ? MEAN_CALM_GAP_MS : MEAN_GAP_MS;
    scheduler.after(-Math.log(1 - random.float()) * meanMs, () => {
      if (this.#isStopped) return;
      const kind = this.#isCalm ? 'transfer' : KINDS[random.below(KINDS.length)]!;
      if (this.#inflict(kind)) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      this.#scheduleNext();
    });
  }

  /** False where it cannot be done now. */
  #inflict(kind: FaultKind): boolean {
    const { random, network, churn, machines } = this.#options;
    const all = machines().filter((machine) => !machine.isRetired);
    const machine = all[random.below(all.length)]!;
    switch (kind) {
      case 'crash':
        return this.#crash(machine, () => machine.crash(LOSE_UNSYNCED));
      case 'crash that tears':
        return this.#crash(machine, () => machine.crash(tearAtRandom(random.fork())));
      case 'kill':
        return this.#crash(machine, () => machine.crash(KEEP_ALL));
      case 'changed bit':
        return this.#crash(machine, () => {
          machine.crash(LOSE_UNSYNCED);
          machine.flipsNextRead = true;
        });
      case 'partition': {
        const side = new Set(all.filter(() => random.below(2) === 0).map(({ id }) => id));
        return this.#cut(all, (from, to) => side.has(from) !== side.has(to));
      }
      case 'one-way cut':
        return this.#cut(all, (from) => from === machine.id);
      case 'isolated leader': {
        const leader = all.find(({ member }) => member?.isLeader === true);
        return leader !== undefined && this.#cut(all, (from, to) => from === leader.id || to === leader.id);
      }
      case 'deaf leader': {
        // Another one is asked to stand, and nobody tells: two believe that they lead until the old one misses its quorum.
        const leader = all.find(({ member }) => member?.isLeader === true);
        const isAsked = leader?.enter((member) => member.transferLeadership(machine.id)) ?? false;
        return isAsked && machine !== leader && this.#cut(all, (_from, to) => to === leader?.id);
      }
      case 'pause':
        machine.pause(this.#options.scheduler.nowMs + this.#duration(300));
        return machine.isUp;
      case 'storm':
        network.weather = {
          loss: random.float() * 0.2,
          doubling: random.float() * 0.2,
          minLatencyMs: 0.1,
          maxLatencyMs: 1 + random.float() * 30,
        };
        this.#later(200, () => (network.weather = FAIR_WEATHER));
        return true;
      case 'slow disk':
        machine.syncMs = 5 + random.float() * 100;
        this.#later(200, () => (machine.syncMs = 0.4));
        return true;
      case 'full disk':
        machine.isDiskFull = true;
        this.#later(100, () => {
          machine.isDiskFull = false;
          machine.start();
        });
        return true;
      case 'skewed clock':
        machine.clockRate = 0.7 + random.float() * 0.7;
        machine.jumpWallClock((random.float() - 0.5) * 1e7);
        return true;
      case 'membership':
        return churn.step();
      case 'transfer': {
        const leader = all.find(({ member }) => member?.isLeader === true);
        return leader?.enter((member) => member.transferLeadership(machine.id)) ?? false;
      }
    }
  }

  #crash(machine: Machine, crash: () => void): boolean {
    if (!machine.isUp) return false;
    crash();
    const retry = (): void => {
      machine.start();
      // Refused because of a changed bit, or for want of space: the next reading may be right.
      if (!machine.isUp && !machine.isRetired && !this.#isStopped) this.#later(50, retry);
    };
    this.#later(150, retry);
    return true;
  }

  #cut(machines: readonly Machine[], isCut: (from: MemberId, to: MemberId) => boolean): boolean {
    const { network } = this.#options;
    network.cut.clear();
    for (const { id: from } of machines) {
      for (const { id: to } of machines) if (from !== to && isCut(from, to)) network.cut.add(`${from}>${to}`);
    }
    this.#later(250, () => network.cut.clear());
    return network.cut.size > 0;
  }

  #duration(meanMs: number): number {
    return meanMs * (0.2 + 1.6 * this.#options.random.float());
  }

  #later(meanMs: number, callback: () => void): void {
    this.#options.scheduler.after(this.#duration(meanMs), callback);
  }
}

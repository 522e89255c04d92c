/**
 * A whole cluster under faults, from one seed: real server, raft, peer codec and log code; clock, disk, network and
 * backend are simulated. The same seed gives the same run, event for event.
 */
import { errorMessage } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { MemberId, RaftConfig } from '../../src/core/raft/index.ts';
import { firstEntries, initialClusterId, initialMembers } from '../../src/server/boot/bootstrap.ts';
import type { Member } from '../../src/server/member/member.ts';
import { AgreedStore } from './agreed-store.ts';
import { Churn } from './churn.ts';
import { Clients, TIMEOUT_MS, type Pace } from './clients.ts';
import { History } from './history.ts';
import { LeaseChecker } from './lease-checker.ts';
import { LeaseHolders, MAX_TTL_S } from './lease-holders.ts';
import { Ledger, Violation } from './ledger.ts';
import { checkKeys } from './linearizability.ts';
import { LEASE_SCAN_MS, Machine, SETTINGS } from './machine.ts';
import { differenceFrom } from './member-state.ts';
import { Nemesis } from './nemesis.ts';
import { FAIR_WEATHER, SimulatedNetwork } from './network.ts';
import { checkRevisionOrder } from './revision-order.ts';
import { Scheduler } from './scheduler.ts';
import { Watchers, type WatchCounts } from './watchers.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly members: number;
  /** Client operations. */
  readonly operations: number;
}

export interface SimulationReport {
  readonly seed: number;
  /** What was found; undefined when everything held. */
  readonly failure: string | undefined;
  readonly operations: number;
  readonly acknowledged: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultCount: number;
  readonly leaders: number;
  readonly entries: number;
  readonly messages: number;
  readonly refusedStarts: number;
  readonly leases: { readonly grants: number; readonly renewals: number; readonly expired: number };
  readonly watches: Readonly<WatchCounts>;
  /** Keys whose history was too tangled to judge. */
  readonly unknownKeys: number;
  readonly simulatedMs: number;
  readonly events: number;
}

/** A run that has not come to an end by then is stuck. */
const MAX_SIMULATED_MS = 120_000;
/** After everything is whole again, the cluster has so long to agree. */
const CONVERGE_MS = 20_000;
/** Ticks of the progress clock and a catch-up later every watch knows everything. */
const SETTLE_MS = 300;

/** In some runs messages are so small that entries travel one by one, and terms end in the middle of a batch. */
function raftTuning(seed: number): Partial<RaftConfig> {
  return seed % 3 === 0 ? { maxBytesPerMessage: 1, maxInflightMessages: 4 } : {};
}

/** In some runs the cluster shrinks to a single member now and then. */
function fewestVoters(seed: number): number {
  return seed % 5 === 3 ? 1 : 3;
}

export function simulate(options: SimulationOptions): SimulationReport {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #scheduler = new Scheduler();
  readonly #ledger = new Ledger();
  readonly #history = new History();
  readonly #agreed = new AgreedStore();
  readonly #rates = { slowest: 1, fastest: 1 };
  readonly #leases = new LeaseChecker(this.#rates, { electionMs: SETTINGS.electionMs, scanMs: LEASE_SCAN_MS });
  readonly #machines: Machine[] = [];
  readonly #network: SimulatedNetwork;
  readonly #clients: Clients;
  readonly #holders: LeaseHolders;
  readonly #watchers: Watchers;
  readonly #nemesis: Nemesis;
  readonly #addMachine: (name: string, first: ConstructorParameters<typeof Machine>[2]) => void;
  readonly #clusterId: bigint;
  #failure: string | undefined;
  #unknownKeys = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const random = seededRandom(options.seed);
    const scheduler = this.#scheduler;
    const machines = (): readonly Machine[] => this.#machines;
    this.#network = new SimulatedNetwork(scheduler, random.fork());
    const fail = (error: unknown): void => this.#fail(error);
    const agreed = this.#agreed;
    this.#ledger.onChosen = (entry) => agreed.applyEntry(entry);
    agreed.onRevoked = (id) => this.#leases.revoked(id, scheduler.nowMs);
    const world = {
      scheduler,
      network: this.#network,
      ledger: this.#ledger,
      random: random.fork(),
      raft: raftTuning(options.seed),
      hasLeaseCheckpoints: options.seed % 2 === 0,
      rates: this.#rates,
      fail,
    };
    const pace: Pace = { thinkMs: 0 };
    this.#clients = new Clients({
      scheduler,
      random: random.fork(),
      history: this.#history,
      agreed,
      machines,
      pace,
      operations: options.operations,
      fail,
    });
    const checker = this.#leases;
    this.#holders = new LeaseHolders({ scheduler, random: random.fork(), agreed, checker, machines, fail });
    this.#watchers = new Watchers({ scheduler, random: random.fork(), agreed, machines, fail });
    this.#addMachine = (name, first) => {
      const machine = new Machine(world, name, first);
      machine.onDown = () => {
        for (const some of [this.#clients, this.#holders, this.#watchers]) some.onDown(machine);
      };
      this.#machines.push(machine);
      machine.start();
    };
    const minVoters = fewestVoters(options.seed);
    const churn = new Churn({ random: random.fork(), machines, minVoters, addMachine: (id) => this.#join(id) });
    this.#nemesis = new Nemesis({ scheduler, random: random.fork(), network: this.#network, machines, churn, pace });
    const names = Array.from({ length: options.members }, (_, i) => `m${i + 1}`);
    const members = initialMembers(new Map(names.map((name) => [name, [`http://${name}:2380`]])), 'simulation');
    this.#clusterId = initialClusterId(members);
    for (const { name, id } of members) {
      this.#addMachine(name, { id, clusterId: this.#clusterId, ...firstEntries(members) });
    }
  }

  #join(id: MemberId): void {
    const first = { id, clusterId: this.#clusterId, entries: [], hardState: undefined };
    this.#addMachine(`m${this.#machines.length + 1}`, first);
  }

  run(): SimulationReport {
    const isOver = (): boolean => this.#failure !== undefined || this.#clients.isDone;
    this.#nemesis.start();
    this.#clients.start();
    this.#holders.start();
    this.#watchers.start();
    this.#scheduler.run(MAX_SIMULATED_MS, isOver);
    this.#nemesis.stop();
    if (this.#failure === undefined && !this.#clients.isDone) this.#fail(new Violation('the clients never got done'));
    this.#holders.stop();
    for (const step of [this.#converge, this.#endLeases, this.#converge, this.#settle, this.#judge]) {
      if (this.#failure === undefined) step.call(this);
    }
    return this.#report();
  }

  /** Liveness: whole again, the cluster elects a leader, and all members come to hold the same. */
  #converge(): void {
    const untilMs = this.#scheduler.nowMs + CONVERGE_MS;
    while (this.#scheduler.nowMs < untilMs && this.#failure === undefined) {
      this.#scheduler.run(this.#scheduler.nowMs + 200);
      // Faults that were to end later end now.
      this.#network.cut.clear();
      this.#network.weather = FAIR_WEATHER;
      for (const machine of this.#machines) machine.start();
      if (this.#hasConverged()) return;
    }
    this.#fail(new Violation(`the members do not come to agree: ${this.#describe()}`));
  }

  #hasConverged(): boolean {
    const leader = this.#leader();
    if (leader === undefined) return false;
    const counted = this.#counted();
    const { lastIndex } = leader.parts.raft.status();
    if (counted.some(({ member }) => member === undefined || member.appliedIndex < lastIndex)) return false;
    const { revision, compactRevision } = this.#agreed;
    for (const at of [revision, Math.max(compactRevision, revision - 50, 1)]) {
      const hashes = new Set(counted.map((machine) => machine.hash(at)));
      if (hashes.size > 1) this.#fail(new Violation(`members hold different data: ${[...hashes].join(' and ')}`));
    }
    for (const { name, services } of counted) {
      const difference = differenceFrom(this.#agreed, services!.member.store);
      if (difference !== undefined) this.#fail(new Violation(`${name} has not what was agreed: ${difference}`));
    }
    return true;
  }

  /** Of the highest term: one that is deposed may not know it yet. */
  #leader(): Member | undefined {
    const leaders = this.#machines.flatMap(({ member }) => (member?.isLeader === true ? [member] : []));
    return leaders.sort((a, b) => b.parts.raft.status().term - a.parts.raft.status().term)[0];
  }

  /** The machines that are members. */
  #counted(): Machine[] {
    const leader = this.#leader();
    return this.#machines.filter(({ id }) => leader?.parts.membership.get(id) !== undefined);
  }

  /** Nobody keeps a lease alive any more: all end within their bound, and their keys with them. */
  #endLeases(): void {
    const { nowMs } = this.#scheduler;
    // What was asked before may still arrive.
    const untilMs = nowMs + TIMEOUT_MS + this.#leases.longestMs(MAX_TTL_S) + SETTLE_MS;
    this.#scheduler.run(untilMs, () => this.#agreed.leases.size === 0 || this.#failure !== undefined);
    const [left] = this.#agreed.leases;
    if (left === undefined) return;
    this.#fail(new Violation(`lease ${left} and ${this.#agreed.leases.size - 1} more outlive their time`));
  }

  /** Watches, wherever they are, come to know everything, and are told so. */
  #settle(): void {
    const leader = this.#leader();
    this.#watchers.settle(this.#counted().filter(({ id }) => leader?.parts.membership.get(id)?.isLearner === false));
    this.#scheduler.run(this.#scheduler.nowMs + SETTLE_MS);
    const missing = this.#watchers.missing();
    if (missing !== undefined) this.#fail(new Violation(`watches: ${missing}`));
  }

  #describe(): string {
    return this.#machines
      .filter(({ isRetired }) => !isRetired)
      .map(({ name, member }) => {
        if (member === undefined) return `${name} is down`;
        const { role, term, commit, applied, lastIndex } = member.parts.raft.status();
        return `${name} ${role} term ${term} last ${lastIndex} commit ${commit} applied ${applied}`;
      })
      .join(', ');
  }

  #judge(): void {
    const { operations } = this.#history;
    const wrongOrder = checkRevisionOrder(operations);
    if (wrongOrder !== undefined) {
      this.#fail(new Violation(`linearizability: ${wrongOrder}`));
      return;
    }
    const verdicts = checkKeys(operations);
    this.#unknownKeys = verdicts.filter(({ verdict }) => verdict === 'unknown').length;
    const illegal = verdicts.find(({ verdict }) => verdict === 'illegal');
    if (illegal !== undefined)
      this.#fail(new Violation(`linearizability: the history of key ${illegal.key} is illegal`));
  }

  #fail(error: unknown): void {
    this.#failure ??= `${errorMessage(error)} (at ${this.#scheduler.nowMs.toFixed(1)} ms)`;
  }

  #report(): SimulationReport {
    const { grants, renewals } = this.#holders.counts;
    return {
      seed: this.#options.seed,
      failure: this.#failure,
      operations: this.#clients.asked + this.#holders.counts.asked,
      acknowledged: this.#clients.acknowledged + this.#holders.counts.grants + this.#holders.counts.renewals,
      faults: Object.fromEntries(this.#nemesis.counts),
      faultCount: this.#nemesis.total,
      leaders: this.#ledger.counts.leaders,
      entries: this.#ledger.counts.chosen,
      messages: this.#network.messages,
      refusedStarts: this.#machines.reduce((sum, machine) => sum + machine.refusals, 0),
      leases: { grants, renewals, expired: this.#leases.expired },
      watches: this.#watchers.counts,
      unknownKeys: this.#unknownKeys,
      simulatedMs: Math.round(this.#scheduler.nowMs),
      events: this.#scheduler.events,
    };
  }
}

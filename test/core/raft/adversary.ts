/**
 * A random adversary: it decides who ticks, which message arrives next, twice or never, when writes become durable, who
 * crashes and how much of what was not synced survives. After every step the safety properties of Raft paper figure 3
 * are checked; at the end the network heals and the cluster must move again.
 */
import { seededRandom, type Random } from '../../../src/base/random.ts';
import {
  bootstrapState,
  CONF_ADD_LEARNER,
  CONF_ADD_VOTER,
  CONF_REMOVE,
  decodeConfChange,
  ENTRY_CONF_CHANGE,
  joiningState,
  NOBODY,
  RAFT_DEFAULTS,
  RaftNode,
  type ConfChangeType,
  type ConfState,
  type Entry,
  type MemberId,
  type Message,
  type Ready,
  type RestoredState,
  type SnapshotMark,
} from '../../../src/core/raft/index.ts';
import { checkLogMatching, Chosen } from './adversary-checks.ts';
import { append, ensure, recordsOf, termAt, write, type Durable, type Log } from './adversary-log.ts';

export interface AdversaryOptions {
  readonly seed: number;
  readonly members: number;
  readonly steps: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
}

interface Member {
  readonly id: MemberId;
  raft: RaftNode;
  durable: Durable;
  /** Taken, not yet durable. */
  writes: Ready[];
  /** Handed out, not yet applied. */
  toApply: Entry[];
  /** In the state machine, and how much of that a crash cannot take. */
  applied: number;
  appliedDurable: number;
  /** All that raft has handed out to be written: its log in memory. */
  log: Log;
  confState: ConfState;
  /** Reads under way: context → the index every answer must reach. */
  reads: Map<number, number>;
  leaderTerm: number;
}

/** One of the things that may happen next, and how often it does. */
interface Action {
  readonly weight: number;
  readonly act: (member: Member) => void;
}

const MOODS = [0, 0.3, 1, 3, 6] as const;
const MAX_WIRE = 300;
const MAX_MEMBERS = 7;

const isVote = (message: Message): boolean => message.type === 'voteAnswer';

export class Adversary {
  readonly #options: AdversaryOptions;
  readonly #random: Random;
  readonly #members = new Map<MemberId, Member>();
  #wire: Message[] = [];
  /** Directed pairs `from>to` that nothing passes. */
  #cut = new Set<string>();
  readonly #chosen = new Chosen();
  readonly #confStates = new Map<number, ConfState>();
  #nextProposal = 1;
  #nextContext = 1;
  #nextMember: bigint;
  readonly #mood: readonly Action[];
  /** Percent of the deliveries. */
  readonly #doubling: number;
  readonly #loss: number;
  /** Percent of the votes after which the voter crashes. */
  readonly #votersLost: number;
  /** Whoever joins remains a learner. */
  readonly #keepsLearners: boolean;
  /** Begins with two, may shrink to one, and whoever is removed and may leave is gone for good. */
  readonly #shrinks: boolean;
  readonly #gone = new Set<MemberId>();
  readonly #removedAt = new Map<MemberId, number>();
  readonly #totalWeight: number;
  readonly #tally = { reads: 0, crashes: 0, snapshots: 0 };

  constructor(options: AdversaryOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#shrinks = options.seed % 5 === 3;
    const size = this.#shrinks ? 2 : options.members;
    const voters = Array.from({ length: size }, (_, i) => BigInt(i + 1));
    this.#nextMember = BigInt(size + 1);
    this.#confStates.set(0, { voters: [], learners: [] });
    const context = new Uint8Array(0);
    const state = bootstrapState(voters.map((member) => ({ id: 0n, type: CONF_ADD_VOTER, member, context })));
    for (const id of voters) this.#start(id, state);
    this.#keepsLearners = options.seed % 5 === 0;
    // In some seeds elections are all there is.
    this.#votersLost = this.#random.below(4) === 0 ? 60 : 0;
    this.#mood = this.#drawMood();
    this.#doubling = this.#random.below(16);
    this.#loss = this.#random.below(30);
    this.#totalWeight = this.#mood.reduce((sum, { weight }) => sum + weight, 0);
  }

  get counts(): Readonly<Record<'committed' | 'reads' | 'crashes' | 'leaders' | 'snapshots' | 'confChanges', number>> {
    const { lastIndex: committed, elections: leaders, confChanges } = this.#chosen;
    return { ...this.#tally, committed, leaders, confChanges };
  }

  run(): void {
    for (let step = 0; step < this.#options.steps; step++) this.#step();
    this.#converge();
  }

  // --- what may happen -------------------------------------------------------------------------------------------

  /** Each seed has its own mood (swarm testing): some things happen often in it, others never. */
  #drawMood(): Action[] {
    const must = (weight: number, act: (member: Member) => void): Action => ({ weight, act });
    const may = (weight: number, act: (member: Member) => void): Action => ({
      weight: weight * MOODS[this.#random.below(MOODS.length)]!,
      act,
    });
    return [
      must(600, () => this.#deliver()),
      must(400, (member) => this.#take(member)),
      must(300, (member) => this.#finishWrite(member)),
      must(200, (member) => this.#apply(member, 1 + this.#random.below(5))),
      must(40, (member) => this.#propose(member)),
      must(30, (member) => member.raft.tick()),
      may(30, (member) => member.raft.tick()),
      may(3, (member) => member.raft.campaign()),
      must(this.#shrinks ? 30 : 0, (member) => this.#remove(member)),
      must(this.#shrinks ? 30 : 0, (member) => this.#proposeConfChange(member)),
      must(this.#votersLost / 6, (member) => this.#rival(member)),
      may(20, (member) => this.#read(member)),
      may(3, () => this.#repartition()),
      must(this.#keepsLearners ? 12 : 2, (member) => this.#leaveWithLearners(member)),
      may(3, () => this.#cut.clear()),
      may(3, (member) => this.#crash(member)),
      may(8, (member) => this.#proposeConfChange(member)),
      may(8, (member) => this.#compact(member)),
      may(1, (member) => void member.raft.transferLeadership(this.#pick().id)),
    ];
  }

  #step(): void {
    let dice = this.#random.float() * this.#totalWeight;
    const action = this.#mood.find(({ weight }) => (dice -= weight) < 0) ?? this.#mood[0]!;
    action.act(this.#pick());
  }

  #pick(): Member {
    return [...this.#members.values()][this.#random.below(this.#members.size)]!;
  }

  #deliver(): void {
    if (this.#wire.length === 0) return;
    const at = this.#random.below(this.#wire.length);
    const message = this.#wire[at]!;
    const fate = this.#random.below(100);
    if (fate >= this.#doubling) {
      this.#wire[at] = this.#wire.at(-1)!;
      this.#wire.pop();
    }
    const lost = fate >= 100 - this.#loss || this.#cut.has(`${message.from}>${message.to}`);
    if (message.type === 'snapshot') this.#members.get(message.from)?.raft.reportSnapshot(message.to, !lost);
    const receiver = this.#members.get(message.to);
    if (lost || receiver === undefined) return;
    if (message.type === 'snapshot') this.#apply(receiver, Infinity);
    receiver.raft.step(message);
    this.#leave(receiver);
  }

  #take(member: Member): void {
    if (!member.raft.hasReady()) return;
    const ready = member.raft.ready();
    for (const message of ready.messages) this.#send(message);
    if (ready.snapshot !== undefined) {
      this.#tally.snapshots++;
      member.log = { mark: ready.snapshot, entries: [] };
      member.toApply = [];
      // The data came with the message; the state machine is replaced as a whole when the write is done.
    }
    append(member.log, ready.entries);
    member.writes.push(ready);
    member.toApply.push(...ready.committed);
    for (const entry of ready.committed) this.#checkDurable(member, entry);
    for (const { context, index } of ready.readStates) {
      const least = member.reads.get(context);
      ensure(least !== undefined, `read ${context} of ${member.id} was answered twice`);
      ensure(index >= least, `read ${context} of ${member.id} is stale: index ${index}, ${least} was committed before`);
      member.reads.delete(context);
      this.#tally.reads++;
    }
    if (ready.softState?.role === 'leader') this.#checkLeader(member);
  }

  #send(message: Message): void {
    if (this.#wire.length < MAX_WIRE) this.#wire.push(message);
    else if (message.type === 'snapshot') this.#members.get(message.from)!.raft.reportSnapshot(message.to, false);
  }

  /** The disk reports a sync that may cover several writes. */
  #finishWrite(member: Member): void {
    if (member.writes.length === 0) return;
    const done = member.writes.splice(0, 1 + this.#random.below(member.writes.length));
    for (const ready of done) {
      for (const record of recordsOf(ready)) write(member.durable, record);
      if (ready.snapshot !== undefined) this.#install(member, ready.snapshot);
      for (const message of ready.messagesAfterPersist) this.#send(message);
    }
    member.raft.persisted(done.at(-1)!.number);
    const hasVoted = done.some(({ messagesAfterPersist }) => messagesAfterPersist.some(isVote));
    if (hasVoted && this.#random.below(100) < this.#votersLost) this.#crash(member);
  }

  #install(member: Member, mark: SnapshotMark): void {
    if (mark.index <= member.applied) return;
    member.applied = mark.index;
    member.appliedDurable = mark.index;
    member.confState = mark.confState;
  }

  #apply(member: Member, count: number): void {
    for (const entry of member.toApply.splice(0, count)) {
      ensure(entry.index === member.applied + 1, `${member.id} applies ${entry.index} after ${member.applied}`);
      this.#chosen.apply(member.id, entry);
      if (entry.type === ENTRY_CONF_CHANGE) {
        const change = decodeConfChange(entry.data);
        const isBack = entry.index > (this.#removedAt.get(change.member) ?? Infinity);
        // As the server refuses what comes too late.
        member.confState = member.raft.applyConfChange(isBack ? { ...change, member: NOBODY } : change);
        if (change.type === CONF_REMOVE && !isBack) this.#removedAt.set(change.member, entry.index);
        if (!this.#members.has(change.member) && !this.#gone.has(change.member)) {
          this.#start(change.member, joiningState());
        }
      }
      this.#confStates.set(entry.index, member.confState);
      member.applied = entry.index;
      member.raft.applied(entry.index);
    }
    if (this.#random.below(3) === 0) member.appliedDurable = member.applied;
    this.#leave(member);
  }

  /** Nobody who was removed stays longer than they must; and as one leaves, the last one left may crash. */
  #leave({ id, raft, confState }: Member): void {
    if (!this.#shrinks || !raft.status().mayLeave) return;
    this.#members.delete(id);
    this.#gone.add(id);
    const [last, ...others] = confState.voters.map((voter) => this.#members.get(voter));
    if (last !== undefined && others.length === 0 && this.#random.below(2) === 0) this.#crash(last);
  }

  #propose(member: Member): void {
    const data = Array.from({ length: 1 + this.#random.below(3) }, () => bytes(`p${this.#nextProposal++}`));
    member.raft.propose(data);
  }

  #read(member: Member): void {
    const context = this.#nextContext++;
    if (member.raft.readIndex(context)) member.reads.set(context, this.#chosen.lastIndex);
  }

  /** Two stand at once, for the same term where they are as far. */
  #rival(member: Member): void {
    member.raft.campaign();
    this.#pick().raft.campaign();
  }

  #repartition(): void {
    this.#cut.clear();
    const ids = [...this.#members.keys()];
    for (const from of ids) {
      for (const to of ids) if (this.#random.below(4) === 0) this.#cut.add(`${from}>${to}`);
    }
  }

  /** Nobody but learners hears a leader: whatever they store, one voter has stored it. Next, one of the others stands. */
  #leaveWithLearners({ id, raft, confState: { learners } }: Member): void {
    const isHere = (other: MemberId): boolean => other === id || learners.includes(other);
    const ids = [...this.#members.keys()];
    const others = ids.filter((other) => !isHere(other));
    const rival = others[this.#random.below(Math.max(1, others.length))];
    if (raft.status().role !== 'leader' || rival === undefined) return;
    if (this.#cut.has(`${id}>${rival}`)) {
      this.#members.get(rival)!.raft.campaign();
      return;
    }
    this.#cut.clear();
    for (const from of ids) {
      for (const to of ids) if (isHere(from) !== isHere(to)) this.#cut.add(`${from}>${to}`);
    }
  }

  #proposeConfChange(member: Member): void {
    const { learners } = member.confState;
    const kind = this.#random.below(3);
    if (kind === 0 && this.#members.size < MAX_MEMBERS) {
      const isLearner = this.#random.below(2) === 0 || this.#keepsLearners;
      this.#change(member, isLearner ? CONF_ADD_LEARNER : CONF_ADD_VOTER, this.#nextMember++);
    } else if (kind === 1 && learners.length > 0 && !this.#keepsLearners) {
      this.#change(member, CONF_ADD_VOTER, learners[0]!);
    } else {
      this.#remove(member);
    }
  }

  #remove(member: Member): void {
    const { voters, learners } = member.confState;
    if (voters.length <= (this.#shrinks ? 1 : 2) || member.raft.status().role !== 'leader') return;
    const all = [...voters, ...learners];
    this.#change(member, CONF_REMOVE, all[this.#random.below(all.length)]!);
  }

  #change({ raft }: Member, type: ConfChangeType, member: MemberId): void {
    raft.proposeConfChange({ id: BigInt(this.#nextProposal++), context: new Uint8Array(0), type, member });
  }

  #compact(member: Member): void {
    const { mark } = member.durable;
    const index = mark.index + this.#random.below(member.appliedDurable - mark.index + 1);
    if (index <= mark.index || member.log.mark.index > mark.index) return;
    const term = termAt(member.log, index)!;
    const newMark = { index, term, confState: this.#confStates.get(index)! };
    member.raft.compact(index, newMark.confState);
    for (const log of [member.durable, member.log]) {
      log.entries = log.entries.slice(index - log.mark.index);
      log.mark = newMark;
    }
  }

  /** Everything that was not synced may be gone, or the first part of it be there. */
  #crash(member: Member): void {
    this.#tally.crashes++;
    const records = member.writes.flatMap(recordsOf);
    for (const record of records.slice(0, this.#random.below(records.length + 1))) {
      write(member.durable, record);
      if ('mark' in record) this.#install(member, record.mark);
    }
    const lost = member.applied - member.appliedDurable;
    const applied = Math.max(member.appliedDurable + this.#random.below(lost + 1), member.durable.mark.index);
    Object.assign(member, this.#restart(member.id, member.durable, applied));
  }

  // --- members ---------------------------------------------------------------------------------------------------

  #start(id: MemberId, { hardState, snapshot, entries }: RestoredState): void {
    this.#members.set(id, this.#restart(id, { hardState, mark: snapshot, entries: [...entries] }, 0));
  }

  #restart(id: MemberId, durable: Durable, applied: number): Member {
    const { preVote, checkQuorum } = this.#options;
    const confState = applied === durable.mark.index ? durable.mark.confState : this.#confStates.get(applied)!;
    const raft = new RaftNode(
      {
        ...RAFT_DEFAULTS,
        id,
        preVote,
        checkQuorum,
        electionTicks: 3,
        maxBytesPerMessage: this.#options.seed % 2 === 0 ? 60 : 1,
        maxInflightMessages: 3,
        maxCommittedBytesPerReady: 100,
        random: this.#random.fork(),
      },
      { hardState: durable.hardState, confState, snapshot: durable.mark, entries: durable.entries, applied },
    );
    return {
      id,
      raft,
      durable,
      writes: [],
      toApply: [],
      applied,
      appliedDurable: applied,
      log: { mark: durable.mark, entries: [...durable.entries] },
      confState,
      reads: new Map(),
      leaderTerm: 0,
    };
  }

  // --- what must hold --------------------------------------------------------------------------------------------

  /** A member applies only what its own disk holds. */
  #checkDurable(member: Member, entry: Entry): void {
    ensure(
      termAt(member.durable, entry.index) === entry.term,
      `${member.id} applies ${entry.index}, not durable there`,
    );
  }

  #checkLeader(member: Member): void {
    const { term } = member.raft.status();
    ensure(member.leaderTerm < term, `${member.id} was elected twice in term ${term}`);
    member.leaderTerm = term;
    this.#chosen.elect(member.id, term, member.log);
    checkLogMatching([...this.#members.values()].map(({ log }) => log));
  }

  /** Liveness: with a whole network a new proposal is chosen, and everybody who counts applies it. */
  #converge(): void {
    this.#cut.clear();
    const text = 'the last one';
    let proposed = 0;
    for (let round = 0; round < 500; round++) {
      for (const member of this.#members.values()) {
        member.raft.tick();
        for (let i = 0; i < 50 && (member.raft.hasReady() || member.writes.length > 0); i++) {
          this.#take(member);
          this.#finishWrite(member);
          this.#apply(member, Infinity);
        }
        if (round % 20 === 19 && member.raft.status().role === 'leader') {
          member.raft.propose([bytes(`${text} ${proposed++}`)]);
        }
      }
      const messages = this.#wire;
      this.#wire = [];
      for (const message of messages) {
        // Without check-quorum nothing in raft itself keeps a removed member from disturbing (thesis 4.2.3).
        if (message.type === 'vote' && !this.#counts(message.from)) continue;
        if (message.type === 'snapshot') this.#members.get(message.from)?.raft.reportSnapshot(message.to, true);
        const receiver = this.#members.get(message.to);
        if (message.type === 'snapshot' && receiver !== undefined) this.#apply(receiver, Infinity);
        receiver?.raft.step(message);
      }
      if (proposed > 0 && this.#hasConverged(text)) return;
    }
    throw new Error(`no progress after the network healed: ${this.#describe()}`);
  }

  #hasConverged(text: string): boolean {
    const last = this.#chosen.lastIndex;
    const isFinal = new TextDecoder().decode(this.#chosen.lastData).startsWith(text);
    if (!isFinal) return false;
    const { voters, learners } = this.#confStates.get(last)!;
    const counted = [...voters, ...learners].map((id) => this.#members.get(id)!);
    return counted.every((member) => member.applied === last && member.reads.size === 0);
  }

  #counts(id: MemberId): boolean {
    return this.#confStates.get(this.#chosen.lastIndex)?.voters.includes(id) ?? true;
  }

  #describe(): string {
    return [...this.#members.values()]
      .map(({ id, raft, applied }) => {
        const { role, term, lastIndex, commit, leader } = raft.status();
        return `${id}: ${role} of ${leader} term ${term} last ${lastIndex} commit ${commit} applied ${applied}`;
      })
      .join('; ');
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

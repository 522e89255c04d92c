/**
 * The members that an adversary plays with: each a raft node, what its disk holds, what it has applied. What they do is
 * checked as they do it.
 */
import type { Random } from '../../../src/base/random.ts';
import {
  CONF_REMOVE,
  decodeConfChange,
  ENTRY_CONF_CHANGE,
  joiningState,
  NOBODY,
  RAFT_DEFAULTS,
  RaftNode,
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
import { Wire } from './adversary-wire.ts';

export interface ClusterOptions {
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly maxBytesPerMessage: number;
  /** Whoever is removed and may leave is gone for good. */
  readonly shrinks: boolean;
}

export interface Member {
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

const isVote = (message: Message): boolean => message.type === 'voteAnswer';

export class AdversaryCluster {
  readonly wire: Wire;
  /** Percent of the votes after which the voter crashes. */
  votersLost = 0;
  readonly members = new Map<MemberId, Member>();
  readonly chosen = new Chosen();
  /** After each configuration change, by its index. */
  readonly confStates = new Map<number, ConfState>([[0, { voters: [], learners: [] }]]);
  readonly tally = { reads: 0, crashes: 0, snapshots: 0 };
  readonly #options: ClusterOptions;
  readonly #random: Random;
  readonly #gone = new Set<MemberId>();
  readonly #removedAt = new Map<MemberId, number>();

  constructor(options: ClusterOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.wire = new Wire(random);
  }

  /** A member with an empty log, or one that was bootstrapped. */
  start(id: MemberId, { hardState, snapshot, entries }: RestoredState): void {
    this.members.set(id, this.#restart(id, { hardState, mark: snapshot, entries: [...entries] }, 0));
  }

  /** What raft has ready: sent, and to be written and applied. */
  take(member: Member): void {
    if (!member.raft.hasReady()) return;
    const ready = member.raft.ready();
    for (const message of ready.messages) this.send(message);
    if (ready.snapshot !== undefined) {
      this.tally.snapshots++;
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
      this.tally.reads++;
    }
    if (ready.softState?.role === 'leader') this.#checkLeader(member);
  }

  /** A full wire drops it. */
  send(message: Message): void {
    if (!this.wire.add(message) && message.type === 'snapshot') this.#reportSnapshot(message, false);
  }

  /** One that has arrived, or was lost. */
  receive(message: Message, isLost: boolean): void {
    if (message.type === 'snapshot') this.#reportSnapshot(message, !isLost);
    const receiver = this.members.get(message.to);
    if (isLost || receiver === undefined) return;
    if (message.type === 'snapshot') this.apply(receiver, Infinity);
    receiver.raft.step(message);
    this.#leave(receiver);
  }

  #reportSnapshot({ from, to }: Message, isDone: boolean): void {
    this.members.get(from)?.raft.reportSnapshot(to, isDone);
  }

  /** The disk reports a sync that may cover several writes. */
  finishWrite(member: Member): void {
    if (member.writes.length === 0) return;
    const done = member.writes.splice(0, 1 + this.#random.below(member.writes.length));
    for (const ready of done) {
      for (const record of recordsOf(ready)) write(member.durable, record);
      if (ready.snapshot !== undefined) this.#install(member, ready.snapshot);
      for (const message of ready.messagesAfterPersist) this.send(message);
    }
    member.raft.persisted(done.at(-1)!.number);
    const hasVoted = done.some(({ messagesAfterPersist }) => messagesAfterPersist.some(isVote));
    if (hasVoted && this.#random.below(100) < this.votersLost) this.crash(member);
  }

  #install(member: Member, mark: SnapshotMark): void {
    if (mark.index <= member.applied) return;
    member.applied = mark.index;
    member.appliedDurable = mark.index;
    member.confState = mark.confState;
  }

  /** Up to `count` entries. */
  apply(member: Member, count: number): void {
    for (const entry of member.toApply.splice(0, count)) {
      ensure(entry.index === member.applied + 1, `${member.id} applies ${entry.index} after ${member.applied}`);
      this.chosen.apply(member.id, entry);
      if (entry.type === ENTRY_CONF_CHANGE) {
        const change = decodeConfChange(entry.data);
        const isBack = entry.index > (this.#removedAt.get(change.member) ?? Infinity);
        // As the server refuses what comes too late.
        member.confState = member.raft.applyConfChange(isBack ? { ...change, member: NOBODY } : change);
        if (change.type === CONF_REMOVE && !isBack) this.#removedAt.set(change.member, entry.index);
        if (!this.members.has(change.member) && !this.#gone.has(change.member)) {
          this.start(change.member, joiningState());
        }
      }
      this.confStates.set(entry.index, member.confState);
      member.applied = entry.index;
      member.raft.applied(entry.index);
    }
    if (this.#random.below(3) === 0) member.appliedDurable = member.applied;
    this.#leave(member);
  }

  /** Nobody who was removed stays longer than they must; and as one leaves, the last one left may crash. */
  #leave({ id, raft, confState }: Member): void {
    if (!this.#options.shrinks || !raft.status().mayLeave) return;
    this.members.delete(id);
    this.#gone.add(id);
    const [last, ...others] = confState.voters.map((voter) => this.members.get(voter));
    if (last !== undefined && others.length === 0 && this.#random.below(2) === 0) this.crash(last);
  }

  /** A snapshot of some of what is applied for good; the log before it goes. */
  compact(member: Member): void {
    const { mark } = member.durable;
    const index = mark.index + this.#random.below(member.appliedDurable - mark.index + 1);
    if (index <= mark.index || member.log.mark.index > mark.index) return;
    const term = termAt(member.log, index)!;
    const newMark = { index, term, confState: this.confStates.get(index)! };
    member.raft.compact(index, newMark.confState);
    for (const log of [member.durable, member.log]) {
      log.entries = log.entries.slice(index - log.mark.index);
      log.mark = newMark;
    }
  }

  /** Everything that was not synced may be gone, or the first part of it be there. */
  crash(member: Member): void {
    this.tally.crashes++;
    const records = member.writes.flatMap(recordsOf);
    for (const record of records.slice(0, this.#random.below(records.length + 1))) {
      write(member.durable, record);
      if ('mark' in record) this.#install(member, record.mark);
    }
    const lost = member.applied - member.appliedDurable;
    const applied = Math.max(member.appliedDurable + this.#random.below(lost + 1), member.durable.mark.index);
    Object.assign(member, this.#restart(member.id, member.durable, applied));
  }

  #restart(id: MemberId, durable: Durable, applied: number): Member {
    const { preVote, checkQuorum, maxBytesPerMessage } = this.#options;
    const confState = applied === durable.mark.index ? durable.mark.confState : this.confStates.get(applied)!;
    const raft = new RaftNode(
      {
        ...RAFT_DEFAULTS,
        id,
        preVote,
        checkQuorum,
        electionTicks: 3,
        maxBytesPerMessage,
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
    this.chosen.elect(member.id, term, member.log);
    checkLogMatching([...this.members.values()].map(({ log }) => log));
  }
}

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
  type ConfChangeType,
  type MemberId,
} from '../../../src/core/raft/index.ts';
import { AdversaryCluster, type Member } from './adversary-cluster.ts';

export interface AdversaryOptions {
  readonly seed: number;
  readonly members: number;
  readonly steps: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
}

/** One of the things that may happen next, and how often it does. */
interface Action {
  readonly weight: number;
  readonly act: (member: Member) => void;
}

const MOODS = [0, 0.3, 1, 3, 6] as const;
const MAX_MEMBERS = 7;

export class Adversary {
  readonly #options: AdversaryOptions;
  readonly #random: Random;
  readonly #cluster: AdversaryCluster;
  #nextProposal = 1;
  #nextContext = 1;
  #nextMember: bigint;
  readonly #mood: readonly Action[];
  /** Whoever joins remains a learner. */
  readonly #keepsLearners: boolean;
  /** Begins with two, may shrink to one, and whoever is removed and may leave is gone for good. */
  readonly #shrinks: boolean;
  readonly #totalWeight: number;

  constructor(options: AdversaryOptions) {
    const { seed, preVote, checkQuorum } = options;
    this.#options = options;
    this.#random = seededRandom(seed);
    this.#shrinks = seed % 5 === 3;
    this.#keepsLearners = seed % 5 === 0;
    const maxBytesPerMessage = seed % 2 === 0 ? 60 : 1;
    const rules = { preVote, checkQuorum, maxBytesPerMessage, shrinks: this.#shrinks };
    this.#cluster = new AdversaryCluster(rules, this.#random);
    const size = this.#shrinks ? 2 : options.members;
    const voters = Array.from({ length: size }, (_, i) => BigInt(i + 1));
    this.#nextMember = BigInt(size + 1);
    const context = new Uint8Array(0);
    const state = bootstrapState(voters.map((member) => ({ id: 0n, type: CONF_ADD_VOTER, member, context })));
    for (const id of voters) this.#cluster.start(id, state);
    // In some seeds elections are all there is.
    this.#cluster.votersLost = this.#random.below(4) === 0 ? 60 : 0;
    this.#mood = this.#drawMood();
    this.#cluster.wire.doubling = this.#random.below(16);
    this.#cluster.wire.loss = this.#random.below(30);
    this.#totalWeight = this.#mood.reduce((sum, { weight }) => sum + weight, 0);
  }

  get counts(): Readonly<Record<'committed' | 'reads' | 'crashes' | 'leaders' | 'snapshots' | 'confChanges', number>> {
    const { lastIndex: committed, elections: leaders, confChanges } = this.#cluster.chosen;
    return { ...this.#cluster.tally, committed, leaders, confChanges };
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
      must(400, (member) => this.#cluster.take(member)),
      must(300, (member) => this.#cluster.finishWrite(member)),
      must(200, (member) => this.#cluster.apply(member, 1 + this.#random.below(5))),
      must(40, (member) => this.#propose(member)),
      must(30, (member) => member.raft.tick()),
      may(30, (member) => member.raft.tick()),
      may(3, (member) => member.raft.campaign()),
      must(this.#shrinks ? 30 : 0, (member) => this.#remove(member)),
      must(this.#shrinks ? 30 : 0, (member) => this.#proposeConfChange(member)),
      must(this.#cluster.votersLost / 6, (member) => this.#rival(member)),
      may(20, (member) => this.#read(member)),
      may(3, () => this.#repartition()),
      must(this.#keepsLearners ? 12 : 2, (member) => this.#leaveWithLearners(member)),
      may(3, () => this.#cluster.wire.heal()),
      may(3, (member) => this.#cluster.crash(member)),
      may(8, (member) => this.#proposeConfChange(member)),
      may(8, (member) => this.#cluster.compact(member)),
      may(1, (member) => void member.raft.transferLeadership(this.#pick().id)),
    ];
  }

  #step(): void {
    let dice = this.#random.float() * this.#totalWeight;
    const action = this.#mood.find(({ weight }) => (dice -= weight) < 0) ?? this.#mood[0]!;
    action.act(this.#pick());
  }

  #pick(): Member {
    return [...this.#cluster.members.values()][this.#random.below(this.#cluster.members.size)]!;
  }

  #deliver(): void {
    const drawn = this.#cluster.wire.draw();
    if (drawn !== undefined) this.#cluster.receive(drawn.message, drawn.isLost);
  }

  #propose(member: Member): void {
    const data = Array.from({ length: 1 + this.#random.below(3) }, () => bytes(`p${this.#nextProposal++}`));
    member.raft.propose(data);
  }

  #read(member: Member): void {
    const context = this.#nextContext++;
    if (member.raft.readIndex(context)) member.reads.set(context, this.#cluster.chosen.lastIndex);
  }

  /** Two stand at once, for the same term where they are as far. */
  #rival(member: Member): void {
    member.raft.campaign();
    this.#pick().raft.campaign();
  }

  #repartition(): void {
    this.#cluster.wire.cut([...this.#cluster.members.keys()], () => this.#random.below(4) === 0);
  }

  /** Nobody but learners hears a leader: whatever they store, one voter has stored it. Next, one of the others stands. */
  #leaveWithLearners({ id, raft, confState: { learners } }: Member): void {
    const isHere = (other: MemberId): boolean => other === id || learners.includes(other);
    const ids = [...this.#cluster.members.keys()];
    const others = ids.filter((other) => !isHere(other));
    const rival = others[this.#random.below(Math.max(1, others.length))];
    if (raft.status().role !== 'leader' || rival === undefined) return;
    if (this.#cluster.wire.isCut(id, rival)) {
      this.#cluster.members.get(rival)!.raft.campaign();
      return;
    }
    this.#cluster.wire.cut(ids, (from, to) => isHere(from) !== isHere(to));
  }

  #proposeConfChange(member: Member): void {
    const { learners } = member.confState;
    const kind = this.#random.below(3);
    if (kind === 0 && this.#cluster.members.size < MAX_MEMBERS) {
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

  /** Liveness: with a whole network a new proposal is chosen, and everybody who counts applies it. */
  #converge(): void {
    this.#cluster.wire.heal();
    const text = 'the last one';
    let proposed = 0;
    for (let round = 0; round < 500; round++) {
      for (const member of this.#cluster.members.values()) {
        member.raft.tick();
        for (let i = 0; i < 50 && (member.raft.hasReady() || member.writes.length > 0); i++) {
          this.#cluster.take(member);
          this.#cluster.finishWrite(member);
          this.#cluster.apply(member, Infinity);
        }
        if (round % 20 === 19 && member.raft.status().role === 'leader') {
          member.raft.propose([bytes(`${text} ${proposed++}`)]);
        }
      }
      for (const message of this.#cluster.wire.takeAll()) {
        // Without check-quorum nothing in raft itself keeps a removed member from disturbing (thesis 4.2.3).
        if (message.type !== 'vote' || this.#counts(message.from)) this.#cluster.receive(message, false);
      }
      if (proposed > 0 && this.#hasConverged(text)) return;
    }
    throw new Error(`no progress after the network healed: ${this.#describe()}`);
  }

  #hasConverged(text: string): boolean {
    const last = this.#cluster.chosen.lastIndex;
    const isFinal = new TextDecoder().decode(this.#cluster.chosen.lastData).startsWith(text);
    if (!isFinal) return false;
    const { voters, learners } = this.#cluster.confStates.get(last)!;
    const counted = [...voters, ...learners].map((id) => this.#cluster.members.get(id)!);
    return counted.every((member) => member.applied === last && member.reads.size === 0);
  }

  #counts(id: MemberId): boolean {
    return this.#cluster.confStates.get(this.#cluster.chosen.lastIndex)?.voters.includes(id) ?? true;
  }

  #describe(): string {
    return [...this.#cluster.members.values()]
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

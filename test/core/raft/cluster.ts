/**
 * Members in one process, driven by hand: every Ready is persisted and applied at once unless a test holds it back;
 * messages wait in `wire` until they are delivered or dropped.
 */
import { seededRandom } from '../../../src/base/random.ts';
import {
  decodeConfChange,
  ENTRY_CONF_CHANGE,
  joiningState,
  RAFT_DEFAULTS,
  RaftNode,
  type ConfState,
  type Entry,
  type MemberId,
  type Message,
  type RaftConfig,
  type ReadState,
  type RestoredState,
} from '../../../src/core/raft/index.ts';

export type TestConfig = Partial<Omit<RaftConfig, 'id' | 'random'>>;

export interface TestMember {
  readonly id: MemberId;
  readonly raft: RaftNode;
  readonly applied: Entry[];
  readonly reads: ReadState[];
}

export class TestCluster {
  readonly members = new Map<MemberId, TestMember>();
  wire: Message[] = [];
  /** Messages for which this says false are lost. */
  passes: (message: Message) => boolean = () => true;
  readonly #config: TestConfig;

  constructor(ids: readonly MemberId[], config: TestConfig = {}, learners: readonly MemberId[] = []) {
    this.#config = config;
    const confState: ConfState = { voters: ids, learners };
    for (const id of [...ids, ...learners]) this.start(id, startOf(confState));
  }

  start(id: MemberId, restored: RestoredState): TestMember {
    const random = seededRandom(Number(id));
    const raft = new RaftNode({ ...RAFT_DEFAULTS, ...this.#config, id, random }, restored);
    const member: TestMember = { id, raft, applied: [], reads: [] };
    this.members.set(id, member);
    return member;
  }

  get(id: MemberId): TestMember {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  raft(id: MemberId): RaftNode {
    return this.get(id).raft;
  }

  /** Takes and fulfils every Ready of a member. */
  drain(id: MemberId): void {
    const member = this.get(id);
    while (member.raft.hasReady()) {
      const ready = member.raft.ready();
      this.wire.push(...ready.messages, ...ready.messagesAfterPersist);
      member.raft.persisted(ready.number);
      apply(member, ready.committed);
      member.reads.push(...ready.readStates);
    }
  }

  /** Delivers until nothing moves. */
  settle(): void {
    for (let round = 0; round < 1000; round++) {
      for (const id of this.members.keys()) this.drain(id);
      const messages = this.wire;
      this.wire = [];
      if (messages.length === 0) return;
      for (const message of messages) {
        if (this.passes(message)) this.members.get(message.to)?.raft.step(message);
      }
    }
    throw new Error('the cluster does not settle');
  }

  elect(id: MemberId): void {
    this.raft(id).campaign();
    this.settle();
    if (this.raft(id).status().role !== 'leader') throw new Error(`${id} was not elected`);
  }

  tick(id: MemberId, times = 1): void {
    for (let i = 0; i < times; i++) this.raft(id).tick();
  }

  isolate(...ids: readonly MemberId[]): void {
    this.passes = (message) => !ids.includes(message.from) && !ids.includes(message.to);
  }

  heal(): void {
    this.passes = () => true;
  }
}

/** A member with an empty log that knows its cluster already. */
export function startOf(confState: ConfState): RestoredState {
  return { ...joiningState(), confState, snapshot: { index: 0, term: 0, confState } };
}

export function apply(member: TestMember, committed: readonly Entry[]): void {
  for (const entry of committed) {
    member.applied.push(entry);
    if (entry.type === ENTRY_CONF_CHANGE) member.raft.applyConfChange(decodeConfChange(entry.data));
    member.raft.applied(entry.index);
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The non-empty data that a member has applied, as text. */
export function appliedTexts(member: TestMember): string[] {
  return member.applied.filter((e) => e.data.length > 0).map((e) => new TextDecoder().decode(e.data));
}

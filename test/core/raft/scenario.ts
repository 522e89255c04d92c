/**
 * Scenario files: blocks of commands, a line `----`, and what the machine did, as recorded. A blank line ends a block.
 *
 *     members 1 2 3 [learners 4 5]      a cluster whose members know each other
 *     bootstrap 1 2 3                   the same, as their logs begin with it
 *     campaign N · tick N [times] · propose N text... · read N context · transfer N M
 *     change N add-voter|add-learner|remove M · join M · compact N index
 *     settle                            deliver, persist and apply until nothing moves; every message is told
 *     ready N · persist N               take the next Ready and send what may leave · finish its write, apply
 *     deliver                           hand over what is on the wire, without taking a Ready
 *     isolate N... · heal · status [N...]
 */
import {
  bootstrapState,
  CONF_ADD_LEARNER,
  CONF_ADD_VOTER,
  CONF_REMOVE,
  decodeConfChange,
  ENTRY_CONF_CHANGE,
  joiningState,
  type ConfChangeType,
  type Entry,
  type Message,
  type ProposeResult,
  type Ready,
} from '../../../src/core/raft/index.ts';
import { apply, bytes, TestCluster } from './cluster.ts';

const CHANGES: Readonly<Record<string, ConfChangeType>> = {
  'add-voter': CONF_ADD_VOTER,
  'add-learner': CONF_ADD_LEARNER,
  remove: CONF_REMOVE,
};

/** The scenario with its output as it is now. */
export function rerun(text: string): string {
  const scenario = new Scenario();
  return text
    .split(/\n\n+/)
    .map((block) => {
      const [commands = ''] = block.split('\n----');
      const lines = commands.split('\n').filter((line) => line.trim() !== '');
      if (lines.every((line) => line.startsWith('#'))) return lines.join('\n');
      const output = lines.filter((line) => !line.startsWith('#')).flatMap((line) => scenario.run(line));
      return [...lines, '----', ...(output.length === 0 ? ['ok'] : output)].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}

class Scenario {
  #cluster = new TestCluster([]);
  readonly #writing = new Map<bigint, Ready[]>();

  run(line: string): string[] {
    const [verb = '', ...words] = line.trim().split(/\s+/);
    const id = BigInt(/^\d+$/.test(words[0] ?? '') ? words[0]! : 0);
    switch (verb) {
      case 'members':
        return this.#members(words);
      case 'bootstrap':
        return this.#bootstrap(words.map(BigInt));
      case 'campaign':
        this.#cluster.raft(id).campaign();
        return [];
      case 'tick':
        this.#cluster.tick(id, Number(words[1] ?? 1));
        return [];
      case 'propose':
        return [resultText(this.#cluster.raft(id).propose(words.slice(1).map(bytes)))];
      case 'read':
        this.#cluster.raft(id).readIndex(Number(words[1]));
        return [];
      case 'transfer':
        return this.#cluster.raft(id).transferLeadership(BigInt(words[1]!)) ? [] : ['refused'];
      case 'change':
        return [this.#change(id, words[1]!, BigInt(words[2]!))];
      case 'join':
        this.#cluster.start(id, joiningState());
        return [];
      case 'compact':
        this.#cluster.raft(id).compact(Number(words[1]), this.#cluster.raft(id).status().confState);
        return [];
      case 'settle':
        return this.#settle();
      case 'ready':
        return this.#ready(id);
      case 'persist':
        return this.#persist(id);
      case 'deliver':
        return this.#deliver();
      case 'isolate':
        this.#cluster.isolate(...words.map(BigInt));
        return [];
      case 'heal':
        this.#cluster.heal();
        return [];
      case 'status':
        return this.#status(words.length === 0 ? [...this.#cluster.members.keys()] : words.map(BigInt));
      default:
        throw new Error(`scenario: unknown command '${verb}'`);
    }
  }

  #members(words: readonly string[]): string[] {
    const split = words.indexOf('learners');
    const voters = words.slice(0, split < 0 ? undefined : split).map(BigInt);
    const learners = split < 0 ? [] : words.slice(split + 1).map(BigInt);
    this.#cluster = new TestCluster(voters, { electionTicks: 3 }, learners);
    return [];
  }

  #bootstrap(ids: readonly bigint[]): string[] {
    this.#cluster = new TestCluster([], { electionTicks: 3 });
    const context = new Uint8Array(0);
    const state = bootstrapState(ids.map((member) => ({ id: 0n, type: CONF_ADD_VOTER, member, context })));
    for (const id of ids) this.#cluster.start(id, state);
    return [];
  }

  #change(id: bigint, name: string, member: bigint): string {
    const type = CHANGES[name];
    if (type === undefined) throw new Error(`scenario: unknown change '${name}'`);
    return resultText(this.#cluster.raft(id).proposeConfChange({ id: 0n, type, member, context: new Uint8Array(0) }));
  }

  #settle(): string[] {
    const lines: string[] = [];
    for (let round = 0; round < 100; round++) {
      for (const [id, member] of this.#cluster.members) {
        const before = member.raft.status().role;
        const applied = member.applied.length;
        const read = member.reads.length;
        this.#cluster.drain(id);
        const { role, term } = member.raft.status();
        if (role !== before) lines.push(`${id} is ${role} of term ${term}`);
        lines.push(...appliedLines(id, member.applied.slice(applied)));
        for (const { context, index } of member.reads.slice(read)) lines.push(`${id} reads ${context} at ${index}`);
      }
      if (this.#cluster.wire.length === 0) return lines;
      lines.push(...this.#deliver());
    }
    throw new Error('scenario: the cluster does not settle');
  }

  #deliver(): string[] {
    const messages = this.#cluster.wire;
    this.#cluster.wire = [];
    return messages.map((message) => {
      const receiver = this.#cluster.members.get(message.to);
      if (receiver === undefined || !this.#cluster.passes(message)) return `lost: ${messageText(message)}`;
      receiver.raft.step(message);
      if (message.type === 'snapshot') this.#cluster.raft(message.from).reportSnapshot(message.to, true);
      return messageText(message);
    });
  }

  #ready(id: bigint): string[] {
    const ready = this.#cluster.raft(id).ready();
    this.#writing.set(id, [...(this.#writing.get(id) ?? []), ready]);
    this.#cluster.wire.push(...ready.messages);
    const { hardState, softState } = ready;
    const lines = [`ready ${ready.number}${ready.mustSync ? ', to be synced' : ''}`];
    if (softState !== undefined) lines.push(`  ${softState.role}, leader ${softState.leader}`);
    if (hardState !== undefined)
      lines.push(`  term ${hardState.term} vote ${hardState.vote} commit ${hardState.commit}`);
    if (ready.entries.length > 0) lines.push(`  write ${entriesText(ready.entries)}`);
    if (ready.committed.length > 0) lines.push(`  apply ${entriesText(ready.committed)}`);
    for (const message of ready.messages) lines.push(`  send ${messageText(message)}`);
    for (const message of ready.messagesAfterPersist) lines.push(`  then ${messageText(message)}`);
    return lines;
  }

  #persist(id: bigint): string[] {
    const ready = this.#writing.get(id)?.shift();
    if (ready === undefined) throw new Error(`scenario: nothing is being written on ${id}`);
    this.#cluster.raft(id).persisted(ready.number);
    this.#cluster.wire.push(...ready.messagesAfterPersist);
    apply(this.#cluster.get(id), ready.committed);
    return [];
  }

  #status(ids: readonly bigint[]): string[] {
    return ids.flatMap((id) => {
      const s = this.#cluster.raft(id).status();
      const own = `${id}: ${s.role} term ${s.term} leader ${s.leader} log ${s.compactedIndex + 1}-${s.lastIndex} persisted ${s.persistedIndex} commit ${s.commit} applied ${s.applied} voters ${s.confState.voters.join(',')}${s.confState.learners.length > 0 ? ` learners ${s.confState.learners.join(',')}` : ''}`;
      const others = [...s.progress]
        .filter(([member]) => member !== id)
        .map(([member, p]) => `   ${member}: ${p.state} match ${p.match} next ${p.next}`);
      return [own, ...others];
    });
  }
}

function appliedLines(id: bigint, entries: readonly Entry[]): string[] {
  return entries.length === 0 ? [] : [`${id} applies ${entriesText(entries)}`];
}

function entriesText(entries: readonly Entry[]): string {
  return entries.map((entry) => `${entry.term}/${entry.index}${dataText(entry)}`).join(' ');
}

function dataText(entry: Entry): string {
  if (entry.type === ENTRY_CONF_CHANGE) {
    const { type, member } = decodeConfChange(entry.data);
    return `:${Object.keys(CHANGES).find((name) => CHANGES[name] === type)}-${member}`;
  }
  return entry.data.length === 0 ? '' : `:${new TextDecoder().decode(entry.data)}`;
}

function messageText(message: Message): string {
  const { type, from, to, term, ...fields } = message;
  const head = `${from}->${to} ${type} term ${term}`;
  // The session is random.
  const rest = Object.entries(fields).filter(([name]) => name !== 'session');
  const text = rest.map(([name, value]) => ` ${name} ${fieldText(name, value)}`).join('');
  return `${head}${text}`;
}

function fieldText(name: string, value: unknown): string {
  if (name === 'entries') return (value as Entry[]).length === 0 ? 'none' : entriesText(value as Entry[]);
  if (name === 'data') return (value as Uint8Array[]).map((data) => new TextDecoder().decode(data)).join(' ');
  if (name === 'mark') {
    const mark = value as { index: number; term: number };
    return `${mark.term}/${mark.index}`;
  }
  return String(value);
}

function resultText(result: ProposeResult): string {
  switch (result.kind) {
    case 'accepted':
      return `accepted at ${result.term}/${result.firstIndex}`;
    case 'forwarded':
      return `forwarded to ${result.leader}`;
    case 'dropped':
      return `dropped: ${result.reason}`;
  }
}

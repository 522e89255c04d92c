/**
 * Faults that the simulator must find, each within `seeds` seeds from seed 1: edits of the real sources, each of a text
 * that stands exactly once in its file. What finds a fault is not prescribed: a broken property, an illegal history,
 * members that come to differ, or an invariant that a member itself asserts.
 *
 * `finder`: the cluster under faults, or raft alone under its adversary, whose runs are a hundred times shorter.
 */
const RAFT = 'src/core/raft';
const WAL = 'src/storage/wal';
const SERVER = 'src/server';

export const PLANTED_FAULTS = [
  {
    name: 'skip fdatasync',
    finder: 'cluster',
    seeds: 3,
    edits: [{ file: `${WAL}/segment-writer.ts`, find: 'this.timed(() => this.file!.datasync());', replace: ';' }],
  },
  {
    name: 'grant two votes in a term',
    finder: 'raft',
    seeds: 30,
    edits: [{ file: `${RAFT}/election.ts`, find: 'const free =', replace: 'const free = true ||' }],
  },
  {
    name: 'forget the vote on restart',
    finder: 'raft',
    seeds: 200,
    edits: [
      {
        file: `${RAFT}/state.ts`,
        find: 'this.vote = this.term === hardState.term ? hardState.vote : NOBODY;',
        replace: 'this.vote = NOBODY;',
      },
    ],
  },
  {
    name: 'vote for a shorter log',
    finder: 'raft',
    seeds: 10,
    edits: [
      {
        file: `${RAFT}/election.ts`,
        find: 'state.log.isUpToDate(message.lastIndex, message.lastTerm)',
        replace: 'true',
      },
    ],
  },
  {
    name: 'commit an entry of an old term by counting',
    finder: 'raft',
    seeds: 200,
    edits: [{ file: `${RAFT}/replication.ts`, find: 'log.termAt(reached) !== state.term', replace: 'false' }],
  },
  {
    name: 'apply before commit',
    finder: 'raft',
    seeds: 5,
    edits: [
      {
        file: `${RAFT}/log.ts`,
        find: 'this.slice(this.#applying + 1, Math.min(this.#commit, this.persistence.durableIndex), maxBytes)',
        replace: 'this.slice(this.#applying + 1, this.persistence.durableIndex, maxBytes)',
      },
      {
        file: `${RAFT}/log.ts`,
        find: 'return this.#applying < Math.min(this.#commit, this.persistence.durableIndex);',
        replace: 'return this.#applying < this.persistence.durableIndex;',
      },
    ],
  },
  {
    name: 'count a learner in the quorum',
    finder: 'raft',
    seeds: 200,
    edits: [
      {
        file: `${RAFT}/state.ts`,
        find: 'return majorityReached(',
        replace: 'return kthHighest(this.confState.voters.length,',
      },
      {
        file: `${RAFT}/state.ts`,
        find: 'this.confState.voters.map((id) => {',
        replace: '[...this.confState.voters, ...this.confState.learners].map((id) => {',
      },
      {
        file: `${RAFT}/state.ts`,
        find: 'export class RaftState {',
        replace:
          'const kthHighest = (n: number, all: number[]): number => all.sort((a, b) => b - a)[Math.floor(n / 2)] ?? 0;\n' +
          'export class RaftState {',
      },
    ],
  },
  {
    name: 'be content with less than a majority',
    finder: 'raft',
    seeds: 5,
    edits: [{ file: `${RAFT}/quorum.ts`, find: 'Math.floor(voters / 2) + 1', replace: 'Math.floor(voters / 2)' }],
  },
  {
    name: 'promise before the sync',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${SERVER}/consensus/raft-loop.ts`,
        find: 'if (ready.messages.length > 0) this.#handlers.send(ready.messages);',
        replace: 'this.#handlers.send([...ready.messages, ...ready.messagesAfterPersist]);',
      },
    ],
  },
  {
    name: 'count the own entries before the sync',
    finder: 'raft',
    seeds: 5,
    edits: [
      {
        file: `${RAFT}/replication.ts`,
        find: 'state.progress.get(state.id)?.accepted(state.log.persistence.durableIndex);',
        replace: 'state.progress.get(state.id)?.accepted(state.log.lastIndex);',
      },
      {
        file: `${RAFT}/log.ts`,
        find: 'this.slice(this.#applying + 1, Math.min(this.#commit, this.persistence.durableIndex), maxBytes)',
        replace: 'this.slice(this.#applying + 1, this.#commit, maxBytes)',
      },
      {
        file: `${RAFT}/log.ts`,
        find: 'return this.#applying < Math.min(this.#commit, this.persistence.durableIndex);',
        replace: 'return this.#applying < this.#commit;',
      },
    ],
  },
  {
    name: 'keep conflicting entries',
    finder: 'raft',
    seeds: 5,
    edits: [
      {
        file: `${RAFT}/log.ts`,
        find: 'this.termAt(previousIndex + 1 + skip) === entries[skip]!.term',
        replace: 'this.termAt(previousIndex + 1 + skip) !== undefined',
      },
    ],
  },
  {
    name: 'serve a read without ReadIndex',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${SERVER}/consensus/linearizable-reads.ts`,
        find: 'const context = ++this.#lastContext;',
        replace: 'for (const waiter of waiters) waiter(undefined); if (this !== undefined) return; const context = 0;',
      },
    ],
  },
  {
    name: 'confirm reads without a quorum',
    finder: 'raft',
    seeds: 400,
    edits: [
      {
        file: `${RAFT}/read-index.ts`,
        find: 'const confirmed = state.majority((progress) => progress.readRound);',
        replace: 'const confirmed = state.reads.newestRound;',
      },
    ],
  },
  {
    name: 'give reads an index before the first commit of the term',
    finder: 'raft',
    seeds: 10,
    edits: [
      {
        file: `${RAFT}/read-index.ts`,
        find: 'state.reads.canStartRound && state.hasCommittedInTerm',
        replace: 'state.reads.canStartRound',
      },
    ],
  },
  {
    name: 'answer reads before their index is applied',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${SERVER}/consensus/linearizable-reads.ts`,
        find: 'if (state.index <= this.#appliedIndex) this.#finish',
        replace: 'this.#finish',
      },
    ],
  },
  {
    name: 'accept a stale snapshot',
    finder: 'raft',
    seeds: 40,
    edits: [
      { file: `${RAFT}/following.ts`, find: 'if (mark.index > log.commit) {', replace: 'if (mark.index > 0) {' },
      { file: `${RAFT}/following.ts`, find: 'log.termAt(mark.index) === mark.term', replace: 'mark.index < 0' },
      {
        file: `${RAFT}/log.ts`,
        find: 'assert(mark.index > this.#commit,',
        replace: 'assert(mark.index > 0,',
      },
    ],
  },
  {
    name: 'ignore the CRC of the log',
    finder: 'cluster',
    seeds: 5,
    edits: [
      {
        file: `${WAL}/decoder.ts`,
        find: "if (actual !== head.crc) return bad('the CRC of the record is wrong', frameEnd, false);",
        replace: '',
      },
    ],
  },
  {
    name: 'take a forwarded proposal twice',
    finder: 'raft',
    seeds: 10,
    edits: [
      {
        file: `${RAFT}/proposals.ts`,
        find: 'if (!state.forwarded.take(message.from, message.session, message.sequence)) return;',
        replace: '',
      },
    ],
  },
  {
    name: 'apply again what the backend holds',
    finder: 'cluster',
    seeds: 3,
    edits: [
      { file: `${SERVER}/member/applier.ts`, find: 'entry.index > store.appliedIndex;', replace: 'entry.index > 0;' },
    ],
  },
  {
    name: 'forget who counts when the log is truncated after a restart',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${SERVER}/member/log-keeper.ts`,
        find: 'this.#confStates = [{ index: applied, confState }];',
        replace: 'this.#confStates = [{ index: 0 * applied, confState: { voters: [], learners: [] } ?? confState }];',
      },
    ],
  },
];

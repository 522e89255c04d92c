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
const MVCC = 'src/core/mvcc';

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
    seeds: 300,
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
        find: 'this.slice(this.#applying + 1, Math.min(this.sureCommit, this.persistence.durableIndex), maxBytes)',
        replace: 'this.slice(this.#applying + 1, this.persistence.durableIndex, maxBytes)',
      },
      {
        file: `${RAFT}/log.ts`,
        find: 'return this.#applying < Math.min(this.sureCommit, this.persistence.durableIndex);',
        replace: 'return this.#applying < this.persistence.durableIndex;',
      },
    ],
  },
  {
    name: 'count a learner in the quorum',
    finder: 'raft',
    seeds: 300,
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
    name: 'tell of a membership change before it is durable that it is committed',
    finder: 'raft',
    seeds: 100,
    edits: [
      {
        file: `${RAFT}/log.ts`,
        find: 'const { durableCommit } = this.persistence;',
        replace: 'const durableCommit = this.#commit;',
      },
    ],
  },
  {
    name: 'leave before the last of two knows',
    finder: 'raft',
    seeds: 100,
    edits: [
      {
        file: `${RAFT}/leaving.ts`,
        find: 'state.removedAt !== undefined && state.knownElsewhere >= state.removedAt;',
        replace: 'state.removedAt !== undefined;',
      },
    ],
  },
  {
    name: 'leave the last of two with the shorter log',
    finder: 'raft',
    seeds: 100,
    edits: [
      {
        file: `${RAFT}/proposals.ts`,
        find: "if (isLeavingOneBehind(state)) return 'membership change pending';",
        replace: '',
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
    seeds: 6,
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
        find: 'this.slice(this.#applying + 1, Math.min(this.sureCommit, this.persistence.durableIndex), maxBytes)',
        replace: 'this.slice(this.#applying + 1, this.#commit, maxBytes)',
      },
      {
        file: `${RAFT}/log.ts`,
        find: 'return this.#applying < Math.min(this.sureCommit, this.persistence.durableIndex);',
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
    seeds: 300,
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
    seeds: 6,
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
    seeds: 300,
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
    seeds: 30,
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
      {
        file: `${SERVER}/boot/bootstrap.ts`,
        find: 'const applied = backend.consistentIndex;',
        replace: 'const applied = Math.min(backend.consistentIndex, Math.max(recovered.mark.index, 10));',
      },
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
  {
    name: 'tell a resumed watch an event again',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/watch/watch-stream.ts`,
        find: 'revision + 1 : request.startRevision,',
        replace: 'revision + 1 : request.startRevision - 1,',
      },
    ],
  },
  {
    name: 'leave out the newest event when a watch is resumed',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/watch/watch-stream.ts`,
        find: 'request.startRevision <= revision;',
        replace: 'request.startRevision < revision;',
      },
    ],
  },
  {
    name: 'cut a revision short',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/watch/delivery.ts`,
        find: 'events,\n    watchId,',
        replace: 'events: events.slice(0, Math.max(1, events.length - 1)),\n    watchId,',
      },
    ],
  },
  {
    name: 'let progress overtake events',
    finder: 'cluster',
    seeds: 6,
    edits: [
      {
        file: `${MVCC}/watch/watch-stream.ts`,
        find: "watcher.state === 'synced' && watcher.startRevision",
        replace: 'watcher.startRevision',
      },
    ],
  },
  {
    name: 'drop what a slow watcher did not take',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/watch/watch-stream.ts`,
        find: 'watcher.pending = watcher.pending.slice(taken);',
        replace: 'watcher.pending = [];',
      },
    ],
  },
  {
    name: 'forget watches when a snapshot replaces the store',
    finder: 'cluster',
    seeds: 20,
    edits: [
      {
        file: `${SERVER}/maintenance/watch-driver.ts`,
        find: 'this.hub.reset();',
        replace: 'this.hub.revision = this.#options.store().currentRevision;',
      },
    ],
  },
  {
    name: 'count the time of leases on after the leadership is lost',
    finder: 'cluster',
    seeds: 20,
    edits: [{ file: `${SERVER}/services.ts`, find: 'if (!isLeader) this.#leases.demote();', replace: '' }],
  },
  {
    name: 'give leases no time when the leader changes',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/lessor.ts`,
        find: 'this.start(lease, nowMs, extensionMs);',
        replace: 'this.start(lease, nowMs + extensionMs - lease.ttlS * 1000, 0);',
      },
    ],
  },
  {
    name: 'never count the time of leases taken over',
    finder: 'cluster',
    seeds: 6,
    edits: [
      {
        file: `${MVCC}/lessor.ts`,
        find: 'for (const lease of this.leases.values()) this.start(lease, nowMs, extensionMs);',
        replace: 'void [nowMs, extensionMs];',
      },
    ],
  },
  {
    name: 'believe a deposed leader that a lease is gone',
    finder: 'cluster',
    seeds: 40,
    edits: [{ file: `${SERVER}/handlers/lease.ts`, find: 'ttlS === 0 && !isSure', replace: 'ttlS < 0 && !isSure' }],
  },
  {
    name: 'leave a key behind when its lease ends',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/store-applier.ts`,
        find: 'this.lessor.keysOf(id)) {',
        replace: 'this.lessor.keysOf(id).slice(1)) {',
      },
    ],
  },
  {
    name: 'let a compaction delete a live revision',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/compactor.ts`,
        find: 'if (!task.kept.has(main, sub)) {',
        replace: 'if (!task.kept.has(main, sub) || main === task.revision) {',
      },
    ],
  },
  {
    name: 'forget on restart what was compacted',
    finder: 'cluster',
    seeds: 20,
    edits: [{ file: `${MVCC}/compactor.ts`, find: 'store.compactRevision = resumed;', replace: '' }],
  },
  {
    name: 'serve a compacted read',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/range.ts`,
        find: "if (revision < store.compactRevision) throw apiError('compacted');",
        replace: '',
      },
    ],
  },
  {
    name: 'take the first branch of every transaction',
    finder: 'cluster',
    seeds: 3,
    edits: [
      {
        file: `${MVCC}/write.ts`,
        find: 'const succeeded = allHold(store, request.compare);',
        replace: 'const succeeded = allHold(store, request.compare) || true;',
      },
    ],
  },
];

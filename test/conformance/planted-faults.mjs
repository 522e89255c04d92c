/**
 * Faults that the differential test must find, each within `requests` requests of seed 1: edits of the store's sources,
 * each of a text that stands exactly once in its file. They run in a copy of dist/ in which only the edited files differ.
 */
const MVCC = 'src/core/mvcc';

export const PLANTED_FAULTS = [
  {
    name: 'an inclusive bound excludes',
    requests: 20_000,
    edits: [{ file: `${MVCC}/range-pieces.ts`, find: 'mod <= maxModRevision', replace: 'mod < maxModRevision' }],
  },
  {
    name: 'more is told only from two more on',
    requests: 2000,
    edits: [
      {
        file: `${MVCC}/range-pieces.ts`,
        find: 'limit > 0 && count > limit',
        replace: 'limit > 0 && count > limit + 1',
      },
    ],
  },
  {
    name: 'the past is read one revision too early',
    requests: 2000,
    edits: [
      {
        file: `${MVCC}/revision-chains.ts`,
        find: 'this.mains.get(row) > revision',
        replace: 'this.mains.get(row) >= revision',
      },
    ],
  },
  {
    name: 'the value of a missing key compares',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/compare.ts`,
        find: 'compare.target === CompareTarget.VALUE)',
        replace: 'compare.target === -1)',
      },
    ],
  },
  {
    name: 'nested conditions are those of the first branch',
    requests: 10_000,
    edits: [
      {
        file: `${MVCC}/write.ts`,
        find: 'of succeeded ? request.success : request.failure',
        replace: 'of request.success',
      },
    ],
  },
  {
    name: 'a key keeps its lease when it is deleted',
    requests: 5000,
    edits: [{ file: `${MVCC}/write.ts`, find: 'lessor.attach(key, 0n)', replace: 'void lessor' }],
  },
  {
    name: 'a lease keeps a key that moved to another',
    requests: 5000,
    edits: [{ file: `${MVCC}/lessor.ts`, find: 'before?.keys.delete(key)', replace: 'void before' }],
  },
  {
    name: 'a new life goes on counting versions',
    requests: 2000,
    edits: [
      {
        file: `${MVCC}/key-index.ts`,
        find: 'return this.revive(key, main, sub, main, 1)',
        replace: 'return this.revive(key, main, sub, main, 2)',
      },
    ],
  },
  {
    name: 'compaction takes what is seen at its revision',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/compactor.ts`,
        find: 'chains.main(row) > task.revision',
        replace: 'chains.main(row) >= task.revision',
      },
    ],
  },
  {
    name: 'compaction may be repeated',
    requests: 10_000,
    edits: [
      {
        file: `${MVCC}/compactor.ts`,
        find: 'if (revision <= store.compactRevision)',
        replace: 'if (revision < store.compactRevision)',
      },
    ],
  },
  {
    name: 'a watch is told of the revision before its start',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/watch/watch-hub.ts`,
        find: 'if (revision < watcher.nextRevision) return false;',
        replace: 'if (revision < watcher.startRevision - 1) return false;',
      },
    ],
  },
  {
    name: 'a watch on a range is told of its end, too',
    requests: 5000,
    edits: [{ file: `${MVCC}/watch/interval-set.ts`, find: 'interval.end > key)', replace: 'interval.end >= key)' }],
  },
  {
    name: 'a filter for deletions lets them pass',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/watch/watch-stream.ts`,
        find: 'wantsDeletes: !request.filters.includes(FilterType.NODELETE)',
        replace: 'wantsDeletes: true || !request.filters.includes(FilterType.NODELETE)',
      },
    ],
  },
];

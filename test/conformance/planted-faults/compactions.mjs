/** Faults of compactions and of the hash. */
const MVCC = 'src/core/mvcc';

export const COMPACTIONS = [
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
    name: 'the future may be compacted by one',
    requests: 10_000,
    edits: [
      {
        file: `${MVCC}/compactor.ts`,
        find: 'if (revision > store.currentRevision)',
        replace: 'if (revision > store.currentRevision + 1)',
      },
    ],
  },
  {
    name: 'the hash leaves out what was written at the compacted revision',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/hash-kv.ts`,
        find: 'if (tombstone) return false;',
        replace: 'if (tombstone || main === this.compactRevision) return false;',
      },
    ],
  },
];

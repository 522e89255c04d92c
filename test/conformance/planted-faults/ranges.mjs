/** Faults of ranges and of the history of keys. */
const MVCC = 'src/core/mvcc';

export const RANGES = [
  {
    name: 'an inclusive bound excludes',
    requests: 20_000,
    edits: [{ file: `${MVCC}/range-pieces.ts`, find: 'mod <= maxModRevision', replace: 'mod < maxModRevision' }],
  },
  {
    name: 'more is told only from two more on',
    requests: 20_000,
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
    name: 'the limit cuts before the filters',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/range-pieces.ts`,
        find: 'request.limit <= 0 || hasFilters(request)',
        replace: 'request.limit <= 0',
      },
    ],
  },
  {
    name: 'the limit cuts before the order',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/range-pieces.ts`,
        find: '|| inKeyOrder ? request.limit + 1 : Infinity',
        replace: '|| inKeyOrder || true ? request.limit + 1 : Infinity',
      },
    ],
  },
  {
    name: 'keys alone come with their values where they are sorted',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/range-pieces.ts`,
        find: 'const piece = kvs.slice(first, next);\n    yield keysOnly ? piece.map(withoutValue) : piece;',
        replace: 'const piece = kvs.slice(first, next);\n    void keysOnly;\n    yield piece;',
      },
    ],
  },
  {
    name: 'descending is ascending where numbers are sorted',
    requests: 5000,
    edits: [{ file: `${MVCC}/range-sort.ts`, find: 'sign * (a - b)', replace: 'a - b' }],
  },
  {
    name: 'the compacted revision itself cannot be read',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/range.ts`,
        find: 'revision < store.compactRevision',
        replace: 'revision <= store.compactRevision',
      },
    ],
  },
];

/** Faults of watches. */
const MVCC = 'src/core/mvcc';

export const WATCHES = [
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
  {
    name: 'a watch that stands at the compacted revision is cancelled',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/watch/watch-hub.ts`,
        find: 'watcher.nextRevision < compactRevision',
        replace: 'watcher.nextRevision <= compactRevision',
      },
    ],
  },
  {
    name: 'the id of a watch that a compaction ended is free at once',
    requests: 20_000,
    edits: [{ file: `${MVCC}/watch/watch-stream.ts`, find: 'this.ended.add(watcher.id);', replace: '' }],
  },
  {
    name: 'progress is told of the revision after the current one',
    requests: 2000,
    edits: [
      {
        file: `${MVCC}/watch/watch-stream.ts`,
        find: 'this.sink.offer(delivery(NO_WATCH_ID, revision))',
        replace: 'this.sink.offer(delivery(NO_WATCH_ID, revision + 1))',
      },
    ],
  },
  {
    name: 'the last part of a delivery is marked like the others',
    requests: 10_000,
    edits: [
      {
        file: `${MVCC}/watch/delivery.ts`,
        find: 'fragment: i < parts.length - 1',
        replace: 'fragment: parts.length > 1',
      },
    ],
  },
  {
    name: 'progress is told while a watch is behind',
    requests: 20_000,
    edits: [
      {
        file: `${MVCC}/watch/watch-stream.ts`,
        find: 'if (!isUpToDate(watcher, revision)) return;',
        replace: 'if (watcher.id < 0n) return;',
      },
    ],
  },
  {
    name: 'a watch behind is told of no previous values',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/watch/watch-hub.ts`,
        find: 'const [bytes] = this.encoded.listFor(watcher);',
        replace: 'const [bytes] = this.encoded.listFor({ ...watcher, prevKv: false });',
      },
    ],
  },
  {
    name: 'a stream that was full waits for the next write',
    requests: 10_000,
    edits: [
      {
        file: 'src/server/maintenance/watch-driver.ts',
        find: '    stream.resume();\n    this.wake();',
        replace: '    stream.resume();',
      },
    ],
  },
];

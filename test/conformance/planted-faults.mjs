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
        find: 'const piece = kvs.slice(i, i + limits.kvs);\n    yield keysOnly ? piece.map(withoutValue) : piece;',
        replace: 'const piece = kvs.slice(i, i + limits.kvs);\n    void keysOnly;\n    yield piece;',
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
  {
    name: 'a range without keys meets every condition',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/compare.ts`,
        find: 'return isEmpty ? holdsFor(store, compare, undefined) : all;',
        replace: 'return isEmpty || all;',
      },
    ],
  },
  {
    name: 'a condition on a range looks at its first key alone',
    requests: 5000,
    edits: [{ file: `${MVCC}/compare.ts`, find: '    return all;\n  });', replace: '    return false;\n  });' }],
  },
  {
    name: 'nested conditions see what was written before them',
    requests: 10_000,
    edits: [
      {
        file: `${MVCC}/write.ts`,
        find: 'const succeeded = outcomes.next().value === true;',
        replace: 'const succeeded = allHold(target.store, request.compare);',
      },
    ],
  },
  {
    name: 'a nested transaction has the whole limit for itself',
    requests: 20_000,
    edits: [
      {
        file: `${MVCC}/check-request.ts`,
        find: 'checkTxnShape(op.requestTxn, maxTxnOps)',
        replace: 'checkTxnShape(op.requestTxn, DEFAULT_MAX_TXN_OPS)',
      },
    ],
  },
  {
    name: 'the branches of a nested transaction may not put the same key',
    requests: 20_000,
    edits: [{ file: `${MVCC}/check-request.ts`, find: 'if (!then.puts.has(key)) claim', replace: 'claim' }],
  },
  {
    name: 'ignore_lease takes the lease away',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/write.ts`,
        find: 'lease = leaseOf(before);',
        replace: 'void leaseOf;',
      },
    ],
  },
  {
    name: 'the longest lease is too long',
    requests: 5000,
    edits: [{ file: `${MVCC}/lessor.ts`, find: 'ttlS > MAX_LEASE_TTL_S', replace: 'ttlS >= MAX_LEASE_TTL_S' }],
  },
  {
    name: 'a lease granted anew has the keys of its former life',
    requests: 10_000,
    edits: [
      {
        file: `${MVCC}/lessor.ts`,
        find: 'this.leases.set(id, lease);',
        replace:
          'for (const [key, { id: former }] of this.holders) if (former === id) lease.keys.add(key);\n    this.leases.set(id, lease);',
      },
      { file: `${MVCC}/lessor.ts`, find: 'for (const key of lease.keys) this.holders.delete(key);', replace: '' },
      {
        file: `${MVCC}/store-applier.ts`,
        find: 'if (slot !== undefined) deleteKey(this, key, slot);',
        replace: 'if (slot !== undefined) this.store.delete(key, slot);',
      },
    ],
  },
  {
    name: 'a renewal gives a lease a second more',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/lessor.ts`,
        find: 'return { ttlS: lease.ttlS, clear',
        replace: 'return { ttlS: lease.ttlS + 1, clear',
      },
    ],
  },
  {
    name: 'without space a transaction is applied all the same',
    requests: 20_000,
    edits: [
      { file: `${MVCC}/quota.ts`, find: 'return txnCost(request.txn)', replace: 'return 0 * txnCost(request.txn)' },
    ],
  },
  {
    name: 'the cheaper branch of a transaction counts for the quota',
    requests: 20_000,
    edits: [{ file: `${MVCC}/quota.ts`, find: 'return Math.max(branchCost', replace: 'return Math.min(branchCost' }],
  },
  {
    name: 'without space no lease can be revoked',
    requests: 20_000,
    edits: [
      {
        file: `${MVCC}/appliers.ts`,
        find: 'isActive(AlarmType.NOSPACE) && requestCost(request) > 0)',
        replace: 'isActive(AlarmType.NOSPACE) && (requestCost(request) > 0 || request.leaseRevoke !== undefined))',
      },
    ],
  },
  {
    name: 'a corrupt member goes on revoking leases',
    requests: 20_000,
    edits: [
      {
        file: `${MVCC}/appliers.ts`,
        find: 'request.leaseCheckpoint === undefined\n',
        replace: 'request.leaseCheckpoint === undefined &&\n      request.leaseRevoke === undefined\n',
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

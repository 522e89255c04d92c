/** Faults of transactions. */
const MVCC = 'src/core/mvcc';

export const TRANSACTIONS = [
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
    requests: 20_000,
    edits: [{ file: `${MVCC}/write.ts`, find: 'lessor.attach(key, 0n)', replace: 'void lessor' }],
  },
  {
    name: 'a range without keys meets every condition',
    requests: 5000,
    edits: [
      {
        file: `${MVCC}/compare.ts`,
        find: 'return isEmpty ? holdsFor(kvs, compare, NONE, NONE) : all;',
        replace: 'return isEmpty || all;',
      },
    ],
  },
  {
    name: 'a condition on a range looks at its first key alone',
    requests: 5000,
    edits: [{ file: `${MVCC}/compare.ts`, find: 'return all;\n    });', replace: 'return false;\n    });' }],
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
];

/** Faults of leases and of what alarms refuse. */
const MVCC = 'src/core/mvcc';

export const LEASES = [
  {
    name: 'a lease keeps a key that moved to another',
    requests: 5000,
    edits: [{ file: `${MVCC}/lessor.ts`, find: 'before?.keys.delete(key)', replace: 'void before' }],
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
];

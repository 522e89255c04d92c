/** Random programs of requests, dense enough in keys, revisions and leases for everything to meet everything. */
import fc from 'fast-check';
import { bytesFrom } from '../../../src/base/bytes.ts';
import type { InternalRaftRequest } from '../../../src/core/api/types.ts';
import { compareOf, deleteRequest, opOf, putRequest, raftRequest, rangeRequest, txnRequest } from './requests.ts';

export const key = fc.constantFrom('a', 'a\0', 'b', 'c', 'ca', 'd', '\xff', '\xff\xff');
export const rangeEnd = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constant('\0') },
  { weight: 3, arbitrary: key },
);
const revision = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 30 }) },
);
const bound = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
);
const lease = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0n) },
  { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 4n }) },
);
const value = fc.constantFrom('', 'x', 'y', 'zz');
const often = fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

export const rangeArbitrary = fc
  .record({
    key,
    rangeEnd,
    limit: fc.integer({ min: -1, max: 4 }),
    revision,
    sortOrder: fc.integer({ min: 0, max: 2 }),
    sortTarget: fc.integer({ min: 0, max: 4 }),
    keysOnly: often,
    countOnly: often,
    minModRevision: bound,
    maxModRevision: bound,
    minCreateRevision: bound,
    maxCreateRevision: bound,
  })
  .map(rangeRequest);

const putArbitrary = fc
  .record({ key, value, lease, prevKv: fc.boolean(), ignoreValue: often, ignoreLease: often })
  .map((fields) =>
    putRequest({
      ...fields,
      value: fields.ignoreValue ? '' : fields.value,
      lease: fields.ignoreLease ? 0n : fields.lease,
    }),
  );

const deleteArbitrary = fc.record({ key, rangeEnd, prevKv: fc.boolean() }).map(deleteRequest);

const compareArbitrary = fc
  .record({
    key,
    rangeEnd,
    result: fc.integer({ min: 0, max: 3 }),
    target: fc.integer({ min: 0, max: 4 }),
    number: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 12 })),
    value,
    lease,
  })
  .map(({ number, value: text, lease: id, target, ...rest }) =>
    compareOf({
      ...rest,
      target,
      ...(number !== undefined &&
        [
          { version: number },
          { createRevision: number },
          { modRevision: number },
          { value: bytesFrom(text) },
          { lease: id },
        ][target]),
    }),
  );

const txnArbitrary = fc.letrec((tie) => ({
  txn: fc
    .record({
      compare: fc.array(compareArbitrary, { maxLength: 2 }),
      success: fc.array(tie('op'), { maxLength: 4 }),
      failure: fc.array(tie('op'), { maxLength: 3 }),
    })
    .map((fields) => txnRequest(fields as Parameters<typeof txnRequest>[0])),
  op: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      putArbitrary.map((requestPut) => opOf({ requestPut })),
      rangeArbitrary.map((requestRange) => opOf({ requestRange })),
      deleteArbitrary.map((requestDeleteRange) => opOf({ requestDeleteRange })),
    ),
    tie('txn').map((requestTxn) => opOf({ requestTxn: requestTxn as ReturnType<typeof txnRequest> })),
  ),
})).txn;

/** Transactions that only read, nested ones too. */
export const readingTxnArbitrary = fc.letrec((tie) => ({
  txn: fc
    .record({
      compare: fc.array(compareArbitrary, { maxLength: 3 }),
      success: fc.array(tie('op'), { maxLength: 4 }),
      failure: fc.array(tie('op'), { maxLength: 4 }),
    })
    .map((fields) => txnRequest(fields as Parameters<typeof txnRequest>[0])),
  op: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    rangeArbitrary.map((requestRange) => opOf({ requestRange })),
    tie('txn').map((requestTxn) => opOf({ requestTxn: requestTxn as ReturnType<typeof txnRequest> })),
  ),
})).txn;

/** Requests for the log. Transactions may still be refused by the request checks. */
export const requestArbitrary: fc.Arbitrary<InternalRaftRequest> = fc.oneof(
  { weight: 8, arbitrary: putArbitrary.map((put) => raftRequest({ put })) },
  { weight: 3, arbitrary: deleteArbitrary.map((deleteRange) => raftRequest({ deleteRange })) },
  { weight: 6, arbitrary: txnArbitrary.map((txn) => raftRequest({ txn })) },
  { weight: 1, arbitrary: readingTxnArbitrary.map((txn) => raftRequest({ txn })) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: -1, max: 25 })
      .map((at) => raftRequest({ compaction: { revision: at, physical: false } })),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ id: fc.bigInt({ min: 0n, max: 4n }), ttl: fc.constantFrom(-1, 0, 5, 9_000_000_001) })
      .map((leaseGrant) => raftRequest({ leaseGrant })),
  },
  { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 4n }).map((id) => raftRequest({ leaseRevoke: { id } })) },
);

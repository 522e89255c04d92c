import fc from 'fast-check';
import { expect, it } from 'vitest';
import { codecs, encodeHeader, encodeHeaderPrefix, TxnResponseParts } from '../../../src/wire/messages/index.ts';

interface Range {
  readonly pieces: readonly (readonly string[])[];
  readonly more: boolean;
  readonly count: number;
}
interface Txn {
  readonly succeeded: boolean;
  readonly ops: readonly (Range | Txn)[];
}

// Now and then so much that parts are not put together any more.
const value = fc.oneof(
  { weight: 9, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.integer({ min: 5000, max: 40_000 }).map((length) => 'x'.repeat(length)) },
);
const range = fc.record({
  pieces: fc.array(fc.array(value, { maxLength: 4 }), { maxLength: 4 }),
  more: fc.boolean(),
  count: fc.nat(),
});
const { txn } = fc.letrec<{ txn: Txn; op: Range | Txn }>((tie) => ({
  txn: fc.record({ succeeded: fc.boolean(), ops: fc.array(tie('op'), { maxLength: 6 }) }),
  op: fc.oneof({ depthSize: 'small', withCrossShrink: true }, range, tie('txn')),
}));

const kvOf = (text: string): Buffer => codecs.KeyValue.encode({ key: 'k', value: Buffer.from(text) });

function feed(parts: TxnResponseParts, { succeeded, ops }: Txn): void {
  parts.beginTxn(succeeded);
  for (const op of ops) {
    if ('ops' in op) {
      feed(parts, op);
      continue;
    }
    parts.beginRange();
    for (const piece of op.pieces) parts.addKvs(piece.map(kvOf));
    parts.endRange(op);
  }
  parts.endTxn();
}

function responsesOf({ ops }: Txn, revision: number): object[] {
  return ops.map((op) =>
    'ops' in op
      ? { responseTxn: { header: {}, succeeded: op.succeeded, responses: responsesOf(op, revision) } }
      : {
          responseRange: { header: { revision }, kvs: op.pieces.flat().map(kvOf), more: op.more, count: op.count },
        },
  );
}

it('a transaction’s answer in parts is that of the codec', () => {
  const prefix = encodeHeaderPrefix(7n, 8n);
  fc.assert(
    fc.property(txn, fc.maxSafeNat(), fc.maxSafeNat(), (whole, revision, term) => {
      const parts = new TxnResponseParts(prefix, revision, term);
      feed(parts, whole);
      const header = encodeHeader(prefix, revision, term);
      const expected = codecs.TxnResponse.encode({
        header,
        succeeded: whole.succeeded,
        responses: responsesOf(whole, revision),
      });
      const bytes = parts.whole().map((part) => part.bytes);
      expect(Buffer.concat(bytes).equals(expected)).toBe(true);
      expect(parts.bytes).toBe(expected.length);
    }),
  );
});

it('a hundred thousand small answers are few parts', () => {
  const parts = new TxnResponseParts(encodeHeaderPrefix(7n, 8n), 1, 1);
  parts.beginTxn(true);
  for (let i = 0; i < 100_000; i++) {
    parts.beginRange();
    parts.endRange({ more: false, count: 0 });
  }
  parts.endTxn();
  expect(parts.whole().length).toBeLessThan(100);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/core/api/index.ts';
import { digest } from '../../../src/client/load/index.ts';
import { codecs } from '../../../src/wire/messages/index.ts';

const header = { clusterId: 2n ** 63n, memberId: 5n, revision: 123_456_789, raftTerm: 7 };
const kv = fc.record({
  key: fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }),
  createRevision: fc.nat(),
  modRevision: fc.integer({ min: 1, max: 2 ** 40 }),
  version: fc.nat(),
  value: fc.uint8Array({ maxLength: 200 }),
  lease: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
});
const range = fc.record({
  header: fc.constant(header),
  kvs: fc.array(kv, { maxLength: 6 }),
  more: fc.boolean(),
  count: fc.nat(),
});

describe('digest', () => {
  it('tells of a Range what the whole answer tells', () => {
    fc.assert(
      fc.property(range, (answer) => {
        const decoded = codecs.RangeResponse.decode(codecs.RangeResponse.encode(answer));
        expect(digest('range', codecs.RangeResponse.encode(answer))).toEqual({
          revision: 123_456_789,
          succeeded: true,
          modRevision: decoded.kvs[0]?.modRevision ?? 0,
          kvs: decoded.kvs.length,
          count: decoded.count,
          more: decoded.more,
          lastKey: decoded.more ? (decoded.kvs.at(-1)?.key ?? '') : '',
          leaseId: 0n,
          ttlS: 0,
        });
      }),
    );
  });

  it('tells of a Txn whether it succeeded, and what the losing branch found', () => {
    const inner = { header: { revision: 1 }, kvs: [{ key: 'a', modRevision: 42, version: 3 }], count: 1 };
    const lost = codecs.TxnResponse.encode({ header, succeeded: false, responses: [{ responseRange: inner }] });
    expect(digest('txn', lost)).toMatchObject({ succeeded: false, revision: 123_456_789, modRevision: 42, kvs: 1 });
    const won = codecs.TxnResponse.encode({ header, succeeded: true, responses: [{ responsePut: { header } }] });
    expect(digest('txn', won)).toMatchObject({ succeeded: true, revision: 123_456_789, modRevision: 0 });
  });

  it('tells of a lease its id and time to live', () => {
    const granted = codecs.LeaseGrantResponse.encode({ header, id: 7_587_890_123_456_789n, ttl: 3_660 });
    expect(digest('leaseGrant', granted)).toMatchObject({ leaseId: 7_587_890_123_456_789n, ttlS: 3_660 });
    const gone = codecs.LeaseKeepAliveResponse.encode({ header, id: 5n, ttl: 0 });
    expect(digest('leaseKeepAlive', gone)).toMatchObject({ leaseId: 5n, ttlS: 0 });
  });

  it('tells of the others their revision', () => {
    expect(digest('put', codecs.PutResponse.encode({ header })).revision).toBe(123_456_789);
    expect(digest('compact', codecs.CompactionResponse.encode({ header })).revision).toBe(123_456_789);
    expect(digest('status', codecs.StatusResponse.encode({ header, version: '3.4.23' })).revision).toBe(123_456_789);
  });

  it('returns or throws DecodeError, whatever the bytes', () => {
    const method = fc.constantFrom('range' as const, 'txn' as const, 'put' as const, 'leaseGrant' as const);
    fc.assert(
      fc.property(method, fc.uint8Array({ maxLength: 60 }), (name, bytes) => {
        try {
          digest(name, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});

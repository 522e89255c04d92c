import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCHEMA } from '../../../src/core/api/index.ts';
import {
  DecodeError,
  codecs,
  raftRequestMessage,
  raftRequestSize,
  readRaftRequest,
  writeRaftRequest,
  type RaftRequestKind,
} from '../../../src/wire/messages/index.ts';

const kinds = Object.keys(SCHEMA.InternalRaftRequest).filter((f) => f !== 'id' && f !== 'header') as RaftRequestKind[];

describe('a request in a raft entry', () => {
  it('is wrapped as the codec of InternalRaftRequest would, without being decoded', () => {
    const numbers = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.constantFrom(...kinds), numbers, fc.string(), fc.uint8Array(), (kind, [id, rev], user, bytes) => {
        const size = raftRequestSize(id, user, rev, kind, bytes);
        const entry = Buffer.alloc(size + 8, 0xaa);
        expect(writeRaftRequest(id, user, rev, kind, bytes, entry, 4)).toBe(4 + size);
        const data = entry.subarray(4, 4 + size);
        const header = { id, username: user, authRevision: rev };
        expect(data).toEqual(codecs.InternalRaftRequest.encode({ header, [kind]: bytes }));

        const found = readRaftRequest(data);
        expect(found).toMatchObject({ ...header, kind });
        expect(data.subarray(found.start, found.end)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('says which message it is', () => {
    expect(raftRequestMessage('put')).toBe('PutRequest');
    expect(raftRequestMessage('authenticate')).toBe('InternalAuthenticateRequest');
  });

  it('comes with the old place of the id, and with fields of a later version', () => {
    const old = codecs.InternalRaftRequest.encode({ id: 7n, compaction: { revision: 5 } });
    const entry = Buffer.concat([old, Buffer.from('c2b80200', 'hex')]);
    const found = readRaftRequest(entry);
    expect(found).toMatchObject({ id: 7, username: '', authRevision: 0, kind: 'compaction' });
    expect(codecs.CompactionRequest.decode(entry, found.start, found.end).revision).toBe(5);
    expect(readRaftRequest(Buffer.alloc(0)).kind).toBeUndefined();
  });

  it('is refused where there are two, or none that can be read', () => {
    expect(() => readRaftRequest(codecs.InternalRaftRequest.encode({ put: {}, txn: {} }))).toThrow(DecodeError);
    expect(() => readRaftRequest(Buffer.from('2205', 'hex'))).toThrow(DecodeError);
  });
});

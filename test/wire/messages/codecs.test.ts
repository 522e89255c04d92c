import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../src/base/bytes.ts';
import { SCHEMA, type MessageInput, type MessageName } from '../../../src/core/api/index.ts';
import { protoNameOf } from '../../../src/core/api/tags.ts';
import { HAND_WRITTEN } from '../../../src/wire/messages/codecs.ts';
import { compilePart } from '../../../src/wire/messages/generic.ts';
import { codecs, type Codec } from '../../../src/wire/messages/index.ts';
import { codecOf } from '../../../src/wire/messages/part.ts';
import {
  arbitraryMessage,
  fromReferenceBytes,
  referenceMessages,
  referenceType,
  rowsOf,
  toReference,
  toReferenceBytes,
} from './reference.ts';

const names = Object.keys(SCHEMA) as MessageName[];
const RUNS = 60;

function codec(name: MessageName): Codec<MessageName> {
  return codecs[name];
}

describe('against protobufjs', () => {
  it('the two schemas name the same messages', () => {
    expect(names.map((name) => referenceType(name).fullName).sort()).toEqual(referenceMessages().sort());
  });

  describe.each(names)('%s', (name) => {
    it('has the same fields', () => {
      const ours = rowsOf(name).map(([field, row]) => [protoNameOf(field, row), row[0]]);
      const theirs = referenceType(name).fieldsArray.map((field) => [field.name, field.id]);
      expect(ours.sort()).toEqual(theirs.sort());
    });

    it('is read by it as it was meant', () => {
      fc.assert(
        fc.property(arbitraryMessage(name), (message) => {
          const bytes = codec(name).encode(message);
          expect(bytes.length).toBe(codec(name).size(message as MessageInput<MessageName>));
          expect(fromReferenceBytes(name, bytes)).toEqual(toReference(name, message));
        }),
        { numRuns: RUNS },
      );
    });

    it('is read by us as it was meant', () => {
      fc.assert(
        fc.property(arbitraryMessage(name), fc.boolean(), (message, zeros) => {
          expect(codec(name).decode(toReferenceBytes(name, message, zeros))).toEqual(message);
        }),
        { numRuns: RUNS },
      );
    });
  });
});

describe('a hand-written codec', () => {
  it.each(Object.keys(HAND_WRITTEN) as MessageName[])('%s does what the compiled one does', (name) => {
    const compiled = codecOf(
      name,
      compilePart(name, (inner) => compilePart(inner, never)),
    );
    fc.assert(
      fc.property(arbitraryMessage(name, 1), (message) => {
        const bytes = codec(name).encode(message);
        expect(compiled.encode(message as MessageInput<MessageName>)).toEqual(bytes);
        expect(compiled.decode(bytes)).toEqual(message);
        expect(codec(name).decode(bytes)).toEqual(message);
      }),
      { numRuns: RUNS },
    );
  });
});

function never(name: MessageName): never {
  throw new Error(`${name} lies too deep`);
}

describe('callers', () => {
  it('may leave out what is not set', () => {
    expect(codecs.PutRequest.encode({ key: 'a', value: Buffer.from('b') }).toString('hex')).toBe('0a0161120162');
    expect(codecs.RangeRequest.encode({}).length).toBe(0);
    expect(codecs.LeaseGrantRequest.encode({ ttl: 5 }).toString('hex')).toBe('0805');
    expect(codecs.TxnRequest.encode({ success: [{ requestPut: { key: 'k' } }] }).toString('hex')).toBe(
      '120512030a016b',
    );
  });

  it('may give any nested message as its bytes', () => {
    const kv = { key: 'k', createRevision: 1, modRevision: 2, version: 3, value: Buffer.from('v'), lease: 0n };
    const header = { clusterId: 1n, memberId: 2n ** 64n - 1n, revision: 3, raftTerm: 4 };
    const spliced = codecs.RangeResponse.encode({
      header: codecs.ResponseHeader.encode(header),
      kvs: [codecs.KeyValue.encode(kv), kv],
      count: 2,
    });
    expect(codecs.RangeResponse.decode(spliced)).toEqual({ header, kvs: [kv, kv], more: false, count: 2 });
    const listed = codecs.MemberListResponse.encode({ header: codecs.ResponseHeader.encode(header) });
    expect(codecs.MemberListResponse.decode(listed).header).toEqual(header);
  });

  it('may give bytes as what writes them', () => {
    const bytes = Buffer.from('value');
    const source = { length: bytes.length, writeTo: (into: Uint8Array, offset: number) => into.set(bytes, offset) };
    const encode = (value: Uint8Array | ByteSource) => [
      codecs.TxnRequest.encode({
        compare: [{ key: 'a', value }],
        success: [{ requestPut: { key: 'b', value, lease: 3n } }],
      }),
      codecs.RangeResponse.encode({ kvs: [{ key: 'k', value, lease: 4n }], count: 1 }),
      codecs.SnapshotResponse.encode({ remainingBytes: 1, blob: value, version: '3' }),
    ];
    expect(encode(source)).toEqual(encode(bytes));
  });

  it('may write into the middle of a buffer and read from it', () => {
    const into = Buffer.alloc(100, 0xaa);
    const put = {
      key: 'key',
      value: Buffer.from('value'),
      lease: -5n,
      prevKv: true,
      ignoreValue: false,
      ignoreLease: true,
    };
    const end = codecs.PutRequest.write(put, into, 7);
    expect(end).toBe(7 + codecs.PutRequest.size(put));
    expect([into[6], into[end]]).toEqual([0xaa, 0xaa]);
    expect(codecs.PutRequest.decode(into, 7, end)).toEqual(put);
  });

  it('get values that are views of what they decoded', () => {
    const bytes = codecs.PutRequest.encode({ key: 'k', value: Buffer.from('old') });
    const { value } = codecs.PutRequest.decode(bytes);
    bytes.fill('x');
    expect(Buffer.from(value).toString()).toBe('xxx');
  });

  it('may decode a plain Uint8Array', () => {
    const bytes = new Uint8Array(codecs.AuthenticateRequest.encode({ name: 'j\u00fcrgen', password: '\u6f22' }));
    expect(codecs.AuthenticateRequest.decode(bytes)).toEqual({ name: 'j\u00fcrgen', password: '\u6f22' });
  });
});

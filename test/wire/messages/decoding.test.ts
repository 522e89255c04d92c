import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCHEMA, type MessageInput, type MessageName } from '../../../src/core/api/index.ts';
import { DecodeError, codecs, readRaftRequest, type Codec } from '../../../src/wire/messages/index.ts';
import { arbitraryMessage } from './reference.ts';

const names = Object.keys(SCHEMA) as MessageName[];
/** A million with ETCDMARK_FUZZ_RUNS=1000000. */
const RUNS = Number(process.env['ETCDMARK_FUZZ_RUNS'] ?? 5000);

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('64-bit integers', () => {
  const range = (limit: string): number => codecs.RangeRequest.decode(hex(`18 ${limit}`)).limit;

  it('are exact up to 2^53 - 1 either way, and saturate at 2^53 beyond', () => {
    expect(range('ffffffffffffff0f')).toBe(2 ** 53 - 1);
    expect(range('8080808080808010')).toBe(2 ** 53);
    expect(range('8180808080808010')).toBe(2 ** 53);
    expect(range('ffffffffffffffff7f')).toBe(2 ** 53);
    expect(range('ffffffffffffffffff01')).toBe(-1);
    expect(range('818080808080 80f0ff01')).toBe(-(2 ** 53) + 1);
    expect(range('80808080808080808001')).toBe(-(2 ** 53));
    expect(codecs.StatusResponse.decode(hex('28 ffffffffffffffffff01')).raftIndex).toBe(2 ** 53);
  });

  it('compare with what a server makes as the original would', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeNat(), (theirs, ours) => {
        // Compare.lease is a bigint in a oneof, so its codec writes any 64-bit integer, 0 too.
        const varint = codecs.Compare.encode({ lease: theirs }).subarray(1);
        const { limit } = codecs.RangeRequest.decode(Buffer.concat([hex('18'), varint]));
        expect([limit < ours, limit > ours]).toEqual([theirs < BigInt(ours), theirs > BigInt(ours)]);
      }),
    );
  });

  it('survive another encoding after saturation', () => {
    for (const limit of [2 ** 53, -(2 ** 53)]) {
      expect(codecs.RangeRequest.decode(codecs.RangeRequest.encode({ limit })).limit).toBe(limit);
    }
  });
});

describe('what is not known', () => {
  it('is passed over: varint, fixed, bytes and groups', () => {
    const unknown = hex(
      'a806 01 a806ffffffffffffffffff01 a906 0102030405060708 aa06 03010203 ad06 01020304 ab06 0801 ac06',
    );
    const known = codecs.PutRequest.encode({ key: 'k' });
    const put = codecs.PutRequest.decode(Buffer.concat([unknown, known, unknown]));
    expect(put.key).toBe('k');
    expect(codecs.MemberListRequest.decode(Buffer.concat([unknown, hex('0801'), unknown])).linearizable).toBe(true);
  });

  it('of a repeated field or a oneof the last one counts', () => {
    expect(codecs.PutRequest.decode(hex('0a0161 0a0162')).key).toBe('b');
    expect(codecs.Compare.decode(hex('2001 3001'))).toMatchObject({ version: undefined, modRevision: 1 });
    const op = codecs.RequestOp.decode(hex('0a030a0161 12030a0162'));
    expect(op).toMatchObject({ requestRange: undefined, requestPut: { key: 'b' } });
    expect(codecs.WatchRequest.decode(hex('12020801 1a00'))).toMatchObject({
      cancelRequest: undefined,
      progressRequest: {},
    });
  });

  it('a repeated enum may be packed or not', () => {
    expect(codecs.WatchCreateRequest.decode(hex('2a020001')).filters).toEqual([0, 1]);
    expect(codecs.WatchCreateRequest.decode(hex('2800 2801')).filters).toEqual([0, 1]);
    expect(codecs.WatchCreateRequest.encode({ filters: [1, 0] }).toString('hex')).toBe('2a020100');
  });
});

describe('bytes that are no message', () => {
  it.each([
    ['cut short in a tag', 'PutRequest', '80'],
    ['cut short in a varint', 'PutRequest', '18ff'],
    ['cut short in bytes', 'PutRequest', '0a0561'],
    ['a length far beyond the end', 'PutRequest', '0affffffff0f'],
    ['a length over 32 bits', 'PutRequest', '0affffffffff01'],
    ['a varint of eleven bytes', 'PutRequest', '18ffffffffffffffffffff01'],
    ['a varint over 64 bits', 'PutRequest', '18ffffffffffffffffff02'],
    ['an unknown varint cut short', 'PutRequest', 'a806ffff'],
    ['an unknown varint of eleven bytes', 'PutRequest', 'a806ffffffffffffffffffff01'],
    ['an unknown varint over 64 bits', 'PutRequest', 'a806ffffffffffffffffff02'],
    ['field number 0', 'PutRequest', '0001'],
    ['field number 0 in two bytes', 'PutRequest', '808000'],
    ['a tag over 32 bits', 'PutRequest', '8280808010 00'],
    ['wire type 6', 'PutRequest', '0e'],
    ['wire type 7', 'PutRequest', 'a706'],
    ['a known field in the wrong wire type', 'PutRequest', '0801'],
    ['a known field in the wrong wire type', 'MemberListRequest', '0a0101'],
    ['the end of no group', 'PutRequest', 'ac06'],
    ['the end of another group', 'PutRequest', 'ab06b406'],
    ['a group that does not end', 'PutRequest', 'ab060801'],
    ['a fixed64 cut short', 'PutRequest', 'a90601020304050607'],
    ['a nested message longer than its parent', 'RequestOp', '12050a016b'],
    ['text that is not UTF-8', 'AuthenticateRequest', '0a02c328'],
    ['an overlong encoding in text', 'AuthenticateRequest', '0a02c080'],
  ] as const)('%s (%s)', (_what, name, bytes) => {
    expect(() => codecs[name].decode(hex(bytes))).toThrow(DecodeError);
  });

  it('a replacement character that the sender wrote is text', () => {
    expect(codecs.AuthenticateRequest.decode(hex('0a03efbfbd')).name).toBe('\ufffd');
  });

  it('nesting is bounded', () => {
    const nest = (levels: number): Buffer => {
      let txn: MessageInput<'TxnRequest'> | Uint8Array = {};
      for (let i = 0; i < levels; i++) txn = codecs.TxnRequest.encode({ success: [{ requestTxn: txn }] });
      return txn as Buffer;
    };
    expect(codecs.TxnRequest.decode(nest(128)).success.length).toBe(1);
    expect(() => codecs.TxnRequest.decode(nest(200))).toThrow(DecodeError);
    expect(() => codecs.TxnRequest.decode(nest(20_000))).toThrow(DecodeError);
    expect(() => codecs.PutRequest.decode(Buffer.alloc(100_000, hex('ab06')))).toThrow(DecodeError);
  });

  it('an impossible range is a bug of the caller', () => {
    expect(() => codecs.PutRequest.decode(Buffer.alloc(4), 3, 9)).toThrow(RangeError);
  });
});

describe('fuzzing', () => {
  const survives = (decode: () => unknown): void => {
    try {
      decode();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  };
  const decoder = fc.constantFrom(...names).map((name) => codecs[name] as unknown as Codec<MessageName>);

  it('random bytes are decoded or refused', () => {
    fc.assert(
      fc.property(decoder, fc.uint8Array({ maxLength: 80 }), (codec, bytes) => {
        survives(() => codec.decode(bytes));
        survives(() => readRaftRequest(bytes));
      }),
      { numRuns: RUNS },
    );
  });

  it('damaged messages are decoded or refused', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const messages = names.map((name) => arbitraryMessage(name, 2).map((message) => [name, message] as const));
    fc.assert(
      fc.property(fc.oneof(...messages), damage, fc.nat(), ([name, message], changes, cut) => {
        const codec = codecs[name] as unknown as Codec<MessageName>;
        const bytes = codec.encode(message);
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        survives(() => codec.decode(bytes, 0, bytes.length - (cut % 4 === 0 ? cut % (bytes.length + 1) : 0)));
      }),
      { numRuns: Math.ceil(RUNS / 5) },
    );
  });
});

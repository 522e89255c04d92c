import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DecodeError,
  createRevisionOf,
  decodeKeyValue,
  encodeKeyValue,
  keyOf,
  keyValueSize,
  leaseOf,
  modRevisionOf,
  valueOf,
  versionOf,
  writeKeyValue,
  type KeyValue,
} from '../../../src/core/api/index.ts';

const byteString = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const int64 = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 35, 2 ** 53 - 1),
  fc.maxSafeNat(),
);
const keyValue: fc.Arbitrary<KeyValue> = fc.record({
  key: byteString,
  createRevision: int64,
  modRevision: int64,
  version: int64,
  value: fc.uint8Array({ maxLength: 300 }),
  lease: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
});

describe('a stored KeyValue', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(keyValue, (kv) => {
        const bytes = encodeKeyValue(kv);
        expect(bytes.length).toBe(keyValueSize(kv));
        expect(decodeKeyValue(bytes)).toEqual(kv);
        expect([keyOf(bytes), createRevisionOf(bytes), modRevisionOf(bytes), versionOf(bytes), leaseOf(bytes)]).toEqual(
          [kv.key, kv.createRevision, kv.modRevision, kv.version, kv.lease],
        );
        expect(valueOf(bytes)).toEqual(kv.value);
      }),
    );
  });

  it('has the bytes that etcd writes: ascending fields, zero ones left out', () => {
    const kv = { key: 'a', createRevision: 2, modRevision: 300, version: 1, value: Uint8Array.of(7), lease: -1n };
    const tail = '30ffffffffffffffffff01';
    expect(Buffer.from(encodeKeyValue(kv)).toString('hex')).toBe(`0a0161100218ac0220012a0107${tail}`);
    expect(encodeKeyValue({ key: '' }).length).toBe(0);
  });

  it('is written in place and read from the middle of other bytes', () => {
    const kv = { key: '\xff\0', createRevision: 5, modRevision: 6, version: 7, value: Uint8Array.of(1, 2), lease: 9n };
    const into = new Uint8Array(100).fill(0xaa);
    const end = writeKeyValue(kv, into, 10);
    expect(into[9]).toBe(0xaa);
    expect(into[end]).toBe(0xaa);
    expect(decodeKeyValue(into, 10, end)).toEqual(kv);
  });

  it('refuses a key that is not a byte string', () => {
    expect(() => encodeKeyValue({ key: '\u6f22' })).toThrow(RangeError);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeKeyValue(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused when cut short', () => {
    const bytes = encodeKeyValue({ key: 'abc', value: new Uint8Array(200), lease: 2n ** 40n });
    for (let end = 1; end < bytes.length; end++) {
      try {
        decodeKeyValue(bytes, 0, end);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        continue;
      }
      // Cut between two fields it is a message too.
      expect([5, 208]).toContain(end);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEntryData, readRequestId } from '../../../src/server/consensus/entry-data.ts';

describe('entry data', () => {
  it('carries any id and the request as it is', () => {
    fc.assert(
      fc.property(
        fc.nat(0x7fff_ffff),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.uint8Array({ maxLength: 300 }),
        (session, sequence, request) => {
          const data = encodeEntryData({ session, sequence }, 4, request);
          const found = { session: 0, sequence: 0 };
          expect(readRequestId(data, found)).toBe(true);
          expect(found).toEqual({ session, sequence });
          expect(data.subarray(data.length - request.length)).toEqual(Buffer.from(request));
        },
      ),
    );
  });

  it('finds no id in anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        const found = { session: 0, sequence: 0 };
        const isOurs = bytes[0] === 0xa2 && bytes[1] === 0x06 && bytes[3] === 0x08;
        if (!isOurs) expect(readRequestId(bytes, found)).toBe(false);
      }),
    );
  });
});

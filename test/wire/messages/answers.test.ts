import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyValue } from '../../../src/core/api/index.ts';
import {
  codecs,
  deleteRangeResponseSize,
  encodeHeader,
  encodeHeaderPrefix,
  encodeWatchEvents,
  putResponseSize,
  rangeResponseSize,
  watchEventsSize,
  writeDeleteRangeResponse,
  writePutResponse,
  writeRangeResponse,
  writeWatchEvents,
} from '../../../src/wire/messages/index.ts';
import { arbitraryMessage } from './reference.ts';

const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const header = fc.record({ clusterId: id, memberId: id, revision: fc.maxSafeNat(), raftTerm: fc.maxSafeNat() });
const kv = arbitraryMessage('KeyValue') as unknown as fc.Arbitrary<KeyValue>;
const kvs = fc.array(kv, { maxLength: 4 });
const encoded = (list: readonly KeyValue[]): Buffer[] => list.map((one) => codecs.KeyValue.encode(one));

/** Runs the writer in the middle of a larger buffer and checks that it keeps within what the size said. */
function written(size: number, write: (into: Buffer, offset: number) => number): Buffer {
  const into = Buffer.alloc(size + 20, 0xaa);
  expect(write(into, 10)).toBe(10 + size);
  expect([into[9], into[10 + size]]).toEqual([0xaa, 0xaa]);
  return into.subarray(10, 10 + size);
}

describe('answers around spliced KeyValues are those of the codecs', () => {
  it('PutResponse', () => {
    fc.assert(
      fc.property(header, fc.option(kv, { nil: undefined }), (h, prevKv) => {
        const prefix = encodeHeaderPrefix(h.clusterId, h.memberId);
        const bytes = prevKv && codecs.KeyValue.encode(prevKv);
        const answer = written(putResponseSize(prefix, h.revision, h.raftTerm, bytes), (into, offset) =>
          writePutResponse(prefix, h.revision, h.raftTerm, bytes, into, offset),
        );
        expect(answer).toEqual(codecs.PutResponse.encode({ header: h, prevKv }));
      }),
    );
  });

  it('RangeResponse', () => {
    fc.assert(
      fc.property(header, kvs, fc.boolean(), fc.maxSafeNat(), (h, list, more, count) => {
        const prefix = encodeHeaderPrefix(h.clusterId, h.memberId);
        const size = rangeResponseSize(prefix, h.revision, h.raftTerm, encoded(list), more, count);
        const answer = written(size, (into, offset) =>
          writeRangeResponse(prefix, h.revision, h.raftTerm, encoded(list), more, count, into, offset),
        );
        expect(answer).toEqual(codecs.RangeResponse.encode({ header: h, kvs: list, more, count }));
      }),
    );
  });

  it('DeleteRangeResponse', () => {
    fc.assert(
      fc.property(header, kvs, fc.maxSafeNat(), (h, list, deleted) => {
        const prefix = encodeHeaderPrefix(h.clusterId, h.memberId);
        const size = deleteRangeResponseSize(prefix, h.revision, h.raftTerm, deleted, encoded(list));
        const answer = written(size, (into, offset) =>
          writeDeleteRangeResponse(prefix, h.revision, h.raftTerm, deleted, encoded(list), into, offset),
        );
        expect(answer).toEqual(codecs.DeleteRangeResponse.encode({ header: h, deleted, prevKvs: list }));
      }),
    );
  });

  it('WatchResponse', () => {
    const watchId = fc.bigInt({ min: -1n, max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(header, kvs, fc.boolean(), watchId, (h, list, fragment, id) => {
        const prefix = encodeHeaderPrefix(h.clusterId, h.memberId);
        const events = encoded(list).map((one, i) => ({ type: i % 2, kv: one, prevKv: i === 2 ? one : undefined }));
        const bytes = encodeWatchEvents(events);
        const size = watchEventsSize(prefix, h.revision, h.raftTerm, id, fragment, bytes);
        const answer = written(size, (into, offset) =>
          writeWatchEvents(prefix, h.revision, h.raftTerm, id, fragment, bytes, into, offset),
        );
        expect(answer).toEqual(codecs.WatchResponse.encode({ header: h, watchId: id, fragment, events }));
      }),
    );
  });

  it('a header for any codec', () => {
    fc.assert(
      fc.property(header, (h) => {
        const bytes = encodeHeader(encodeHeaderPrefix(h.clusterId, h.memberId), h.revision, h.raftTerm);
        expect(codecs.ResponseHeader.decode(bytes)).toEqual(h);
      }),
    );
  });
});

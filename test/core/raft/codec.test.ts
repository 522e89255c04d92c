import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/base/errors.ts';
import { decodeMessage, encodeMessage, encodeMessageParts, type Message } from '../../../src/core/raft/index.ts';

const number = fc.maxSafeNat();
const id = fc.bigInt({ min: 1n, max: (1n << 64n) - 1n });
const envelope = { from: id, to: id, term: number };
const entryType = fc.constantFrom(0 as const, 1 as const);
const ids = fc.array(id, { maxLength: 7 });

const append = fc
  .record({
    ...envelope,
    previousIndex: fc.nat(),
    previousTerm: number,
    commit: number,
    items: fc.array(fc.record({ type: entryType, term: number, data: fc.uint8Array({ maxLength: 40 }) })),
  })
  .map(({ items, ...rest }): Message => ({
    type: 'append',
    ...rest,
    entries: items.map(({ type, term, data }, i) => ({ type, term, index: rest.previousIndex + 1 + i, data })),
  }));

const message: fc.Arbitrary<Message> = fc.oneof(
  append,
  fc.record({
    type: fc.constant('appendAnswer' as const),
    ...envelope,
    rejected: fc.boolean(),
    index: number,
    hintIndex: number,
    hintTerm: number,
    commit: number,
  }),
  fc.record({ type: fc.constant('heartbeat' as const), ...envelope, commit: number, readRound: number }),
  fc.record({ type: fc.constant('heartbeatAnswer' as const), ...envelope, commit: number, readRound: number }),
  fc.record({
    type: fc.constantFrom('vote' as const, 'preVote' as const),
    ...envelope,
    lastIndex: number,
    lastTerm: number,
    transfer: fc.boolean(),
  }),
  fc.record({
    type: fc.constantFrom('voteAnswer' as const, 'preVoteAnswer' as const),
    ...envelope,
    rejected: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('snapshot' as const),
    ...envelope,
    mark: fc.record({ index: number, term: number, confState: fc.record({ voters: ids, learners: ids }) }),
  }),
  fc.record({ type: fc.constant('timeoutNow' as const), ...envelope }),
  fc.record({
    type: fc.constant('propose' as const),
    ...envelope,
    session: number,
    sequence: number,
    entryType,
    data: fc.array(fc.uint8Array({ maxLength: 40 })),
  }),
  fc.record({ type: fc.constant('readIndex' as const), ...envelope, session: number, request: number }),
  fc.record({
    type: fc.constant('readIndexAnswer' as const),
    ...envelope,
    session: number,
    request: number,
    index: number,
  }),
);

/** As the codec writes it, in hex. */
function u64(value: number): string {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer).toString('hex');
}

describe('the peer codec', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(decodeMessage(encodeMessage(sent))).toEqual(sent);
        expect(Buffer.concat(encodeMessageParts(sent))).toEqual(Buffer.from(encodeMessage(sent)));
      }),
      { numRuns: 500 },
    );
  });

  it('makes the block of a batch once', () => {
    const entries = [{ type: 0 as const, term: 1, index: 1, data: Uint8Array.of(1) }];
    const [to2, to3] = [2n, 3n].map((to) =>
      encodeMessageParts({
        type: 'append',
        from: 1n,
        to,
        term: 1,
        previousIndex: 0,
        previousTerm: 0,
        entries,
        commit: 0,
      }),
    );
    expect(to3![1]).toBe(to2![1]);
  });

  it('refuses every message with a bit changed', () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, at) => {
        const bytes = encodeMessage(sent);
        const bit = at % (bytes.length * 8);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => decodeMessage(bytes)).toThrow(OperationError);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses every message cut short, or with bytes after it', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 }), (sent, at, tail) => {
        const bytes = encodeMessage(sent);
        expect(() => decodeMessage(bytes.subarray(0, at % bytes.length))).toThrow(OperationError);
        expect(() => decodeMessage(Uint8Array.from([...bytes, ...tail]))).toThrow(OperationError);
      }),
    );
  });

  it('refuses random bytes without asking for memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(13), (bytes, type) => {
        if (bytes.length > 1) {
          bytes[0] = 1;
          bytes[1] = type;
        }
        expect(() => decodeMessage(bytes)).toThrow(OperationError);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps its bytes: a change here is a change of the protocol and needs a new version', () => {
    const hex = (sent: Message): string => Buffer.from(encodeMessage(sent)).toString('hex');
    expect(hex({ type: 'heartbeat', from: 1n, to: 2n, term: 3, commit: 4, readRound: 5 })).toBe(
      ['01 f0ca748b 02', u64(1), u64(2), u64(3), u64(4), u64(5)].join('').replaceAll(' ', ''),
    );
    const data = Uint8Array.of(0xaa, 0xbb);
    expect(
      hex({
        type: 'append',
        from: 1n,
        to: 2n,
        term: 7,
        previousIndex: 9,
        previousTerm: 6,
        commit: 8,
        entries: [
          { type: 0, term: 7, index: 10, data },
          { type: 1, term: 7, index: 11, data: new Uint8Array(0) },
        ],
      }),
    ).toBe(
      [
        '01 0352be78 00',
        u64(1),
        u64(2),
        u64(7),
        u64(9),
        u64(6),
        u64(8),
        '02000000 14000000 17599cbb',
        '02',
        u64(7),
        '02000000 aabb',
        '01 00000000',
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });
});

/** What gRPC writes into header fields. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Metadata, statusName, toStatusCode } from '../../../src/wire/index.ts';
import { decodeStatusMessage, encodeStatusMessage } from '../../../src/wire/grpc/status-message.ts';
import { formatTimeout, parseTimeout } from '../../../src/wire/grpc/timeout.ts';

describe('grpc-message', () => {
  it('gives back any text in printable ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const wire = encodeStatusMessage(text);
        expect(wire).toMatch(/^[\x20-\x7e]*$/);
        expect(wire.trim()).toBe(wire);
        expect(decodeStatusMessage(wire)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it('leaves what is no escape as it is', () => {
    expect(decodeStatusMessage('100% of %4 %zz %41')).toBe('100% of %4 %zz A');
  });
});

describe('grpc-timeout', () => {
  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['5u', 0.005],
    ['99999999n', 99.999999],
  ])('reads %s', (text, ms) => expect(parseTimeout(text)).toBeCloseTo(ms, 9));

  it.each(['', '1', 'm', '123456789m', '-1m', '1.5S', '1h'])('refuses %j', (text) => {
    expect(parseTimeout(text)).toBeUndefined();
  });

  it('never promises less than was asked for', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (ms) => parseTimeout(formatTimeout(ms))! >= ms),
    );
  });
});

describe('metadata', () => {
  it.each([
    [{ 'Upper-Case': 'x' }, 'metadata name "Upper-Case"'],
    [{ 'grpc-status': 'x' }, 'not starting with grpc-'],
    [{ a: 'line\nbreak' }, 'metadata a: expected printable ASCII'],
    [{ a: ' x' }, 'without spaces at its ends'],
    [{ 'a-bin': 'text' }, 'a name ending in -bin carries bytes'],
    [{ a: Buffer.alloc(1) }, 'bytes need a name that ends in -bin'],
  ])('refuses %o', (entries, text) => expect(() => Metadata.of(entries)).toThrow(text));

  it('keeps every value of a name in order', () => {
    const metadata = Metadata.of({ a: '1', b: '2' }).with('a', '3');
    expect(metadata.getAll('a')).toEqual(['1', '3']);
    expect([...metadata]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
    expect(metadata.size).toBe(3);
  });
});

describe('status codes', () => {
  it('have names', () => {
    expect([0, 1, 14, 99].map(statusName)).toEqual(['OK', 'Canceled', 'Unavailable', 'Code(99)']);
    expect([toStatusCode(16), toStatusCode(17), toStatusCode(-1)]).toEqual([16, 2, 2]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGoDurationMs } from '../../src/base/duration.ts';

describe('parseGoDurationMs', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['250ms', 250],
    ['1.5s', 1_500],
    ['1.s', 1_000],
    ['1h30m', 5_400_000],
    ['100us', 0.1],
    ['2µs', 0.002],
    ['7ns', 0.000_007],
  ])('reads %s', (text, durationMs) => {
    expect(parseGoDurationMs(text)).toBeCloseTo(durationMs, 9);
  });

  it.each(['', '5', 's', '-1s', '1s ', '1d', '1,5s', '1s2', 'x1s', '1e3s'])('refuses "%s"', (text) => {
    expect(parseGoDurationMs(text)).toBeUndefined();
  });

  it('adds its parts up', () => {
    const part = fc.tuple(fc.nat(1_000), fc.constantFrom(['h', 3.6e6], ['m', 6e4], ['s', 1e3], ['ms', 1] as const));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(([amount, [unit]]) => `${amount}${unit}`).join('');
        const sum = parts.reduce((total, [amount, [, unitMs]]) => total + amount * Number(unitMs), 0);
        expect(parseGoDurationMs(text)).toBe(sum);
      }),
    );
  });
});

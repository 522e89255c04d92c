import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatQuantity,
  formatRate,
  formatSeconds,
  formatShare,
} from '../../../src/core/run/index.ts';

describe('figures', () => {
  it.each([
    [formatNumber(0), '0'],
    [formatNumber(0.12345), '0.123'],
    [formatNumber(9.996), '10'],
    [formatNumber(99.96), '100'],
    [formatNumber(999.4), '999'],
    [formatNumber(999.6), '1,000'],
    [formatNumber(1234567), '1,234,567'],
    [formatCount(11860), '11,860'],
    [formatMs(0), '0 ms'],
    [formatMs(0.12), '120 µs'],
    [formatMs(0.9996), '1 ms'],
    [formatMs(8.4), '8.4 ms'],
    [formatMs(2500), '2.5 s'],
    [formatSeconds(45), '45 s'],
    [formatSeconds(720), '12 min'],
    [formatSeconds(7200), '2 h'],
    [formatSeconds(9000), '2 h 30 min'],
    [formatRate(41_000), '41,000/s'],
    [formatBytes(512), '512 B'],
    [formatBytes(2_147_483_648), '2 GiB'],
    [formatBytes(1023.7), '1 KiB'],
    [formatShare(0.377), '37.7%'],
    [formatQuantity(3, 'leaders'), '3 leaders'],
    [formatQuantity(10, 'ms'), '10 ms'],
  ])('%s is %s', (actual, expected) => {
    expect(actual).toBe(expected);
  });

  it('keeps three significant digits of any positive number below a thousand', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 990, noNaN: true }), (value) => {
        expect(Math.abs(Number(formatNumber(value)) - value) / value).toBeLessThanOrEqual(0.0051);
      }),
    );
  });
});

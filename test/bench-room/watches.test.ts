import { describe, expect, it } from 'vitest';
import { asksForProgress } from '../../src/bench/watches.ts';

describe('asksForProgress', () => {
  it.each([
    ['3.4.23', false],
    ['3.4.31', true],
    ['3.5.12', false],
    ['3.5.13', true],
    ['3.6.0-rc.1', true],
    ['3.7.1', true],
  ])('as an apiserver does of %s: %s', (version, asks) => {
    expect(asksForProgress(version)).toBe(asks);
  });
});

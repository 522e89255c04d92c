import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/base/errors.ts';
import { initialCorruptCheck } from '../../../src/server/config/feature-gates.ts';

describe('feature gates', () => {
  it('say whether data is compared before the member serves, in place of the older flag', () => {
    expect(initialCorruptCheck('', false)).toBe(false);
    expect(initialCorruptCheck('', true)).toBe(true);
    expect(initialCorruptCheck('InitialCorruptCheck=true', false)).toBe(true);
    expect(initialCorruptCheck('InitialCorruptCheck=false', true)).toBe(false);
    expect(initialCorruptCheck('TxnModeWriteWithSharedBuffer=true, InitialCorruptCheck=1', false)).toBe(true);
  });

  it('refuse by name what is not known, not had, or not set', () => {
    expect(() => initialCorruptCheck('NoSuchGate=true', false)).toThrow(/unrecognized feature gate: NoSuchGate/);
    expect(() => initialCorruptCheck('CompactHashCheck=true', false)).toThrow(/CompactHashCheck is not supported: /);
    expect(() => initialCorruptCheck('constructor=true', false)).toThrow(OperationError);
    expect(() => initialCorruptCheck('InitialCorruptCheck', false)).toThrow(/missing bool value/);
    expect(() => initialCorruptCheck('InitialCorruptCheck=maybe', false)).toThrow(/neither true nor false/);
    expect(initialCorruptCheck('CompactHashCheck=false', false)).toBe(false);
  });
});

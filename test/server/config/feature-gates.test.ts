import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/base/errors.ts';
import { openFeatures } from '../../../src/server/config/feature-gates.ts';

const CLOSED = { initialCorruptCheck: false, leaseCheckpoints: false, leaseCheckpointPersist: false };

function features(gates: string, flags: Partial<typeof CLOSED> = {}) {
  return openFeatures(gates, { ...CLOSED, ...flags });
}

describe('feature gates', () => {
  it('say whether data is compared before the member serves, in place of the older flag', () => {
    expect(features('').initialCorruptCheck).toBe(false);
    expect(features('', { initialCorruptCheck: true }).initialCorruptCheck).toBe(true);
    expect(features('InitialCorruptCheck=true').initialCorruptCheck).toBe(true);
    expect(features('InitialCorruptCheck=false', { initialCorruptCheck: true }).initialCorruptCheck).toBe(false);
    expect(features('TxnModeWriteWithSharedBuffer=true, InitialCorruptCheck=1').initialCorruptCheck).toBe(true);
  });

  it('say whether leases are checkpointed, and persist no checkpoints where there are none', () => {
    expect(features('').leaseCheckpoints).toBe(false);
    expect(features('', { leaseCheckpoints: true }).leaseCheckpoints).toBe(true);
    expect(features('LeaseCheckpoint=true,LeaseCheckpointPersist=true').leaseCheckpoints).toBe(true);
    expect(features('LeaseCheckpoint=false', { leaseCheckpoints: true }).leaseCheckpoints).toBe(false);
    const alone = 'enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint';
    expect(() => features('LeaseCheckpointPersist=true')).toThrow(alone);
    expect(() => features('', { leaseCheckpointPersist: true })).toThrow(alone);
  });

  it('are told, open and closed', () => {
    const open = (gates: string): string[] =>
      features(gates)
        .gates.filter(({ isOpen }) => isOpen)
        .map(({ name }) => name);
    expect(features('').gates).toHaveLength(7);
    expect(open('')).toEqual(['TxnModeWriteWithSharedBuffer']);
    expect(open('LeaseCheckpoint=true,TxnModeWriteWithSharedBuffer=false')).toEqual(['LeaseCheckpoint']);
  });

  it('refuse by name what is not known, not had, or not set', () => {
    expect(() => features('NoSuchGate=true')).toThrow(/unrecognized feature gate: NoSuchGate/);
    expect(() => features('CompactHashCheck=true')).toThrow(/CompactHashCheck is not supported: /);
    expect(() => features('constructor=true')).toThrow(OperationError);
    expect(() => features('InitialCorruptCheck')).toThrow(/missing bool value/);
    expect(() => features('InitialCorruptCheck=maybe')).toThrow(/neither true nor false/);
    expect(features('CompactHashCheck=false').initialCorruptCheck).toBe(false);
  });
});

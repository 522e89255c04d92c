import { describe, expect, it } from 'vitest';
import { memberSettings } from '../../../src/server/boot/settings.ts';
import { memberConfig } from '../../../src/server/config/member-config.ts';

function settings(...argv: string[]) {
  return memberSettings(memberConfig({ argv, env: {}, readConfigFile: () => expect.unreachable() }));
}

describe('the settings of a member', () => {
  it('record checkpoints of leases where the gate is open, and keep those of others in any case', () => {
    expect(settings()).toMatchObject({ leaseCheckpoints: false, store: { leases: { persistCheckpoints: true } } });
    expect(settings('--feature-gates=LeaseCheckpoint=true')).toMatchObject({ leaseCheckpoints: true });
    expect(settings('--experimental-enable-lease-checkpoint')).toMatchObject({ leaseCheckpoints: true });
  });

  it('have no quota where etcd has none, and leases that outlive an election', () => {
    expect(settings('--quota-backend-bytes=-1').store.quotaBytes).toBe(-1);
    expect(settings('--quota-backend-bytes=1048576').store.quotaBytes).toBe(1_048_576);
    expect(settings('--heartbeat-interval=500', '--election-timeout=5000').store.leases.minTtlS).toBe(8);
  });
});

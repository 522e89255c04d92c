import { expect, it } from 'vitest';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { metered, peerMetrics } from '../../../src/server/peer/peer-metrics.ts';
import { ManualClock } from '../../support/manual-clock.ts';

it('tells how many snapshots come from a peer, how long they take, and how many break off', async () => {
  const registry = new MetricsRegistry();
  const clock = new ManualClock();
  const { snapshotReceive } = peerMetrics(registry, 1n, 0xabn);
  const told = (name: string): string | undefined =>
    new RegExp(`^etcd_network_snapshot_receive_${name}\\{From="ab"\\} (\\S+)$`, 'm').exec(registry.expose())?.[1];
  let arrive: () => void = () => undefined;
  const first = metered(new Promise<void>((resolve) => (arrive = resolve)), snapshotReceive, clock);
  clock.advance(300);
  expect(told('inflights_total')).toBe('1');
  arrive();
  await first;
  await expect(metered(Promise.reject(new Error('broken')), snapshotReceive, clock)).rejects.toThrow('broken');
  expect(told('inflights_total')).toBe('0');
  expect([told('success'), told('failures')]).toEqual(['1', '1']);
  expect([told('total_duration_seconds_count'), told('total_duration_seconds_sum')]).toEqual(['1', '0.3']);
});

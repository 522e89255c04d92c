import { expect, it } from 'vitest';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { PendingEvents, receiveFailures } from '../../../src/server/metrics/watch-metrics.ts';

it('counts events whose bytes wait for the socket, until nothing of their stream waits', () => {
  const registry = new MetricsRegistry();
  const pending = new PendingEvents(registry);
  const total = (): number => Number(/^etcd_debugging_mvcc_pending_events_total (\d+)$/m.exec(registry.expose())![1]);
  const [slow, fast] = [{ bufferedBytes: 0 }, { bufferedBytes: 0 }];
  const [ofSlow, ofFast] = [pending.open(slow), pending.open(fast)];
  ofSlow.add(2);
  ofFast.add(5);
  expect(total()).toBe(0);
  slow.bufferedBytes = 100;
  expect(total()).toBe(2);
  ofSlow.add(3);
  expect(total()).toBe(5);
  slow.bufferedBytes = 0;
  expect(total()).toBe(0);
  ofSlow.add(1);
  slow.bufferedBytes = 10;
  expect(total()).toBe(1);
  ofSlow.close();
  expect(total()).toBe(0);
});

it('has a series of failed streams only once one has failed', () => {
  const registry = new MetricsRegistry();
  const failures = receiveFailures(registry);
  expect(registry.expose()).toBe('');
  failures('watch').value++;
  expect(registry.expose()).toContain('etcd_network_server_stream_failures_total{API="watch",Type="receive"} 1\n');
});

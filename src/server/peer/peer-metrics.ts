/** What the peer transport exports, under etcd's names. Source: contract section 6. */
import {
  exponentialBuckets,
  type Counter,
  type Gauge,
  type Histogram,
  type MetricsRegistry,
} from '../metrics/registry.ts';
import { hexId } from '../membership/member.ts';

export interface PeerMetrics {
  readonly sentBytes: Counter;
  readonly receivedBytes: Counter;
  readonly sentFailures: Counter;
  readonly roundTripSeconds: Histogram;
  readonly active: Gauge;
  readonly disconnected: Counter;
  readonly snapshotSendSuccess: Counter;
  readonly snapshotSendFailures: Counter;
}

export function peerMetrics(registry: MetricsRegistry, local: bigint, remote: bigint): PeerMetrics {
  const to = { To: hexId(remote) };
  const from = { From: hexId(remote) };
  const both = { Local: hexId(local), Remote: hexId(remote) };
  return {
    sentBytes: registry.counter('etcd_network_peer_sent_bytes_total', 'The total number of bytes sent to peers.', to),
    receivedBytes: registry.counter(
      'etcd_network_peer_received_bytes_total',
      'The total number of bytes received from peers.',
      from,
    ),
    sentFailures: registry.counter(
      'etcd_network_peer_sent_failures_total',
      'The total number of send failures from peers.',
      to,
    ),
    roundTripSeconds: registry.histogram(
      'etcd_network_peer_round_trip_time_seconds',
      'Round-Trip-Time histogram between peers.',
      exponentialBuckets(0.0001, 2, 16),
      to,
    ),
    active: registry.gauge('etcd_network_active_peers', 'The current number of active peer connections.', both),
    disconnected: registry.counter(
      'etcd_network_disconnected_peers_total',
      'The total number of disconnected peers.',
      both,
    ),
    snapshotSendSuccess: registry.counter(
      'etcd_network_snapshot_send_success',
      'Total number of successful snapshot sends.',
      to,
    ),
    snapshotSendFailures: registry.counter(
      'etcd_network_snapshot_send_failures',
      'Total number of snapshot send failures.',
      to,
    ),
  };
}

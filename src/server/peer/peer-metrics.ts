/** What the peer transport exports, under etcd's names. Source: contract section 6. */
import type { Clock } from '../../base/clock.ts';
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
  readonly receivedFailures: Counter;
  readonly roundTripSeconds: Histogram;
  readonly active: Gauge;
  readonly disconnected: Counter;
  readonly snapshotSend: TransferMetrics;
  readonly snapshotReceive: TransferMetrics;
}

/** Snapshots one way. */
interface TransferMetrics {
  readonly successes: Counter;
  readonly failures: Counter;
  readonly inFlight: Gauge;
  readonly seconds: Histogram;
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
    receivedFailures: registry.counter(
      'etcd_network_peer_received_failures_total',
      'How often what came from a peer could not be read.',
      from,
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
    snapshotSend: transferMetrics(registry, 'send', to),
    snapshotReceive: transferMetrics(registry, 'receive', from),
  };
}

function transferMetrics(
  registry: MetricsRegistry,
  way: 'send' | 'receive',
  peer: Readonly<Record<string, string>>,
): TransferMetrics {
  const name = `etcd_network_snapshot_${way}`;
  return {
    successes: registry.counter(`${name}_success`, 'Snapshots that came over.', peer),
    failures: registry.counter(`${name}_failures`, 'Snapshots that broke off.', peer),
    inFlight: registry.gauge(`${name}_inflights_total`, 'Snapshots on their way.', peer),
    seconds: registry.histogram(
      `${name}_total_duration_seconds`,
      'How long snapshots that came over were on their way.',
      exponentialBuckets(0.1, 2, 10),
      peer,
    ),
  };
}

/** Counts a transfer, however it ends. */
export async function metered(transfer: Promise<void>, metrics: TransferMetrics, clock: Clock): Promise<void> {
  const startedMs = clock.nowMs();
  metrics.inFlight.value++;
  try {
    await transfer;
    metrics.successes.value++;
    metrics.seconds.observe((clock.nowMs() - startedMs) / 1000);
  } catch (error) {
    metrics.failures.value++;
    throw error;
  } finally {
    metrics.inFlight.value--;
  }
}

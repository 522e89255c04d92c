import { formatCount, formatMs, isMeasured } from '../run/index.ts';
import type { PeerRtt, Probe, Recommendation } from '../run/index.ts';
import { probedFigure } from './evidence.ts';
import type { KnownRtt } from './evidence.ts';
import { DEFAULT_THRESHOLDS } from './thresholds.ts';
import type { Thresholds } from './thresholds.ts';
import { timeoutsFor } from './timeouts.ts';

type ProbedPeer = NonNullable<Probe['peers']>[number];

/**
 * Heartbeat and election timeout from the peers that a probe measured; nothing where it measured none. A probe does not know
 * what the members are set to.
 */
export function probeTimeouts(probe: Probe, thresholds: Thresholds = DEFAULT_THRESHOLDS): Recommendation[] {
  const peers = probe.peers ?? [];
  if (peers.length === 0) return [];
  const disk = probedFigure(probe, thresholds);
  const farthest = farthestPeer(peers);
  const measured = farthest && known(farthest, peers);
  const unknown = 'The peers were on this machine, and a loopback’s round trip says nothing of a network';
  return timeoutsFor({ settings: {}, measured, unknown, disk, thresholds });
}

export interface FarthestPeer {
  readonly address: string;
  readonly rtt: PeerRtt;
}

/**
 * The peer of the longest mean round trip, which is the one that etcd's guide goes by; undefined where all were on this
 * machine. A peer that answered no request counts with its connects, which are one round trip each.
 */
export function farthestPeer(peers: readonly ProbedPeer[]): FarthestPeer | undefined {
  return peers
    .flatMap(({ address, requestMs, connectMs }) => {
      const latency = isMeasured(requestMs) ? requestMs : connectMs;
      if (isLoopback(address) || !isMeasured(latency)) return [];
      const rtt: PeerRtt = { meanMs: latency.mean, p99Ms: latency.p99, samples: latency.count, source: 'probe' };
      return [{ address, rtt }];
    })
    .sort((a, b) => b.rtt.meanMs - a.rtt.meanMs)[0];
}

function known({ address, rtt }: FarthestPeer, peers: readonly ProbedPeer[]): KnownRtt {
  const among = peers.length === 1 ? '' : `, the farthest of ${peers.length} peers`;
  const text = `Mean round trip ${formatMs(rtt.meanMs)}, p99 ${formatMs(rtt.p99Ms ?? rtt.meanMs)} over ${formatCount(rtt.samples ?? 0)} samples to ${address}${among}`;
  return { rtt, evidence: { text, metric: 'peers.requestMs.mean', value: rtt.meanMs, unit: 'ms' } };
}

function isLoopback(address: string): boolean {
  return /^(127\.|localhost:|\[::1\]|\[::ffff:127\.)/i.test(address);
}

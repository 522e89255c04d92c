import { describe, expect, it } from 'vitest';
import { farthestPeer, probeTimeouts } from '../../../src/core/advice/index.ts';
import { emptyLatency } from '../../../src/core/run/index.ts';
import { latencyOf } from '../../../src/platform/histogram.ts';
import { buildProbe } from '../../support/run-builder.ts';

const around = (ms: number) => latencyOf(new Array<number>(200).fill(ms));
const peer = (address: string, connectMs: number, requestMs?: number) => ({
  address,
  connectMs: around(connectMs),
  requestMs: requestMs === undefined ? emptyLatency() : around(requestMs),
});

describe('timeouts from probed peers', () => {
  it('go by the farthest peer, with its figures as evidence', () => {
    const probe = buildProbe({ changes: { peers: [peer('10.0.0.2:2380', 3, 4), peer('10.0.0.3:2380', 190, 200)] } });
    const [heartbeat, election] = probeTimeouts(probe);
    expect(heartbeat).toMatchObject({ setting: 'heartbeat-interval', answer: 'set', recommended: 200, unit: 'ms' });
    // Ten round trips, and five heartbeats as the FAQ asks.
    expect(election).toMatchObject({ setting: 'election-timeout', answer: 'set', recommended: 2000 });
    expect(heartbeat?.because[0]).toMatchObject({ unit: 'ms' });
    expect(heartbeat?.because[0]?.text).toMatch(/200 ms.* 200 samples to 10\.0\.0\.3:2380, the farthest of 2 peers/);
    expect(heartbeat?.source).toContain('etcd');
  });

  it('never fall under etcd’s defaults', () => {
    const near = buildProbe({ changes: { peers: [peer('10.0.0.2:2380', 0.2, 0.3)] } });
    expect(probeTimeouts(near).map((one) => one.recommended)).toEqual([100, 1000]);
  });

  it('take connects where the peer answered no request', () => {
    expect(farthestPeer([peer('10.0.0.2:2380', 25)])?.rtt).toMatchObject({ meanMs: 25, samples: 200, source: 'probe' });
  });

  it('cannot be told from a peer on this machine', () => {
    for (const address of ['127.0.0.1:2380', 'localhost:2380', '[::1]:2380']) {
      const advice = probeTimeouts(buildProbe({ changes: { peers: [peer(address, 0.1, 0.1)] } }));
      expect(advice.map((one) => one.answer)).toEqual(['cannot tell', 'cannot tell']);
      expect(advice[0]?.because[0]?.text).toContain('this machine');
      expect(advice[0]?.settle).toContain('--peer');
    }
  });

  it('ask for the disk to be repaired first where it is slow', () => {
    const slow = buildProbe({ medianMs: 40, changes: { peers: [peer('10.0.0.2:2380', 20, 20)] } });
    expect(
      probeTimeouts(slow)[0]
        ?.because.map((one) => one.text)
        .join(),
    ).toContain('Repair the disk first');
  });

  it('are not given without peers', () => {
    expect(probeTimeouts(buildProbe({}))).toEqual([]);
  });
});

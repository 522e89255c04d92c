import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { realClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/server/log.ts';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { encodeFrameParts, FRAME_MESSAGE } from '../../../src/server/peer/frames.ts';
import { peerMetrics } from '../../../src/server/peer/peer-metrics.ts';
import { PeerStream } from '../../../src/server/peer/peer-stream.ts';
import { GONE } from '../../../src/server/peer/stream-headers.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A peer's port: streams that it takes, or a status that it refuses them with. */
class Port {
  readonly streams: Duplex[] = [];
  received = 0;
  refuseWith: number | undefined;
  readonly #server: Server = createServer();

  async listen(): Promise<string> {
    this.#server.on('upgrade', (_request, socket: Duplex) => {
      socket.on('error', () => undefined);
      if (this.refuseWith !== undefined) {
        socket.end(`HTTP/1.1 ${this.refuseWith} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: etcdmark-peer\r\n\r\n');
      socket.on('data', (bytes: Buffer) => (this.received += bytes.length));
      this.streams.push(socket);
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const stream of this.streams) stream.destroy();
    this.#server.close();
  }
}

let ports: Port[];
let stream: PeerStream | undefined;
let removals: number;
let connections: number;
let warnings: number;

const openPort = async (): Promise<{ port: Port; url: string }> => {
  const port = new Port();
  ports.push(port);
  return { port, url: await port.listen() };
};

const open = (url: string, clock: Clock = realClock()): PeerStream => {
  stream = new PeerStream([url], {
    identity: { clusterId: 1n, from: 1n, to: 2n },
    tls: undefined,
    clock,
    log: { ...silentLogger, warn: () => warnings++ },
    metrics: peerMetrics(new MetricsRegistry(), 1n, 2n),
    onResponse: () => undefined,
    onConnected: () => connections++,
    onLost: () => undefined,
    onRemoved: () => removals++,
  });
  return stream;
};

beforeEach(() => {
  ports = [];
  removals = 0;
  connections = 0;
  warnings = 0;
});

afterEach(() => {
  stream?.close();
  for (const port of ports) port.close();
});

describe('a stream to a peer', () => {
  it('keeps what stands when the peer’s URLs change, and dials the new one after that', async () => {
    const [old, next] = [await openPort(), await openPort()];
    const opened = open(old.url);
    await expect.poll(() => opened.activeSinceMs).toBeDefined();
    opened.setUrls([next.url]);
    expect(opened.send(encodeFrameParts(FRAME_MESSAGE, [Buffer.from('still')]))).toBe(true);
    await expect.poll(() => old.port.received).toBeGreaterThan(0);
    expect(next.port.streams).toHaveLength(0);
    old.port.close();
    await expect.poll(() => next.port.streams).toHaveLength(1);
    expect(opened.url).toBe(next.url);
  });

  it('dials at once when the peer is heard of elsewhere, and says when it stands', async () => {
    const clock = new ManualClock();
    const { port, url } = await openPort();
    const waiting = open('http://127.0.0.1:1', clock);
    await expect.poll(() => warnings).toBe(1);
    waiting.setUrls([url]);
    expect(port.streams).toHaveLength(0);
    waiting.hurry();
    waiting.hurry();
    await expect.poll(() => connections).toBe(1);
    // One that stands is left alone.
    waiting.hurry();
    expect(port.streams).toHaveLength(1);
  });

  it('dials again when the peer refuses it, and tells when that is for good', async () => {
    const { port, url } = await openPort();
    port.refuseWith = 412;
    const opened = open(url);
    await expect.poll(() => opened.send(encodeFrameParts(FRAME_MESSAGE, [Buffer.from('x')]))).toBe(false);
    expect(removals).toBe(0);
    port.refuseWith = GONE;
    await expect.poll(() => removals).toBeGreaterThan(0);
  });
});

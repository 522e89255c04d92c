import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { realClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/server/log.ts';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { NO_FAULTS } from '../../../src/server/peer/link-faults.ts';
import { TcpTransport } from '../../../src/server/peer/tcp-transport.ts';

it('waits for no snapshot when it is stopped, however long the peer would take', { timeout: 20_000 }, async () => {
  let taken: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (taken = resolve));
  const silent = createServer((request) => {
    request.resume();
    request.once('data', taken);
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const transport = new TcpTransport({
    clusterId: 1n,
    id: 1n,
    listenUrls: [],
    serverTls: undefined,
    crlFile: undefined,
    clientTls: undefined,
    allowed: { commonNames: [], hostnames: [] },
    faults: NO_FAULTS,
    clock: realClock(),
    random: seededRandom(1),
    log: silentLogger,
    registry: new MetricsRegistry(),
    isRemoved: () => false,
    onRemoved: () => undefined,
    plain: () => undefined,
  });
  transport.setPeer(2n, [`http://127.0.0.1:${(silent.address() as AddressInfo).port}`]);
  const chunks = [new Uint8Array(1000)];
  const closed = new Promise<boolean>((resolve) =>
    transport.sendSnapshot(2n, {
      term: 2,
      mark: { index: 5, term: 2, confState: { voters: [1n, 2n], learners: [] } },
      next: () => chunks.pop(),
      close: resolve,
    }),
  );
  await arrived;
  transport.stop(() => undefined);
  // Well before the 30 s after which a peer that does nothing is given up.
  expect(await closed).toBe(false);
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
});

import { createServer as createHttp } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/platform/clock.ts';
import { parseAddress, probePeer } from '../../src/probe/index.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const quick = { connects: 3, requests: 5, everyMs: 0, timeoutMs: 20_000 };

describe('round trips to a peer', () => {
  it('count connects and answered requests', async () => {
    let requests = 0;
    const address = await listening(
      createHttp((request, response) => {
        requests += 1;
        const body = request.url === '/version' ? '{"etcdserver":"3.5.0"}' : '';
        response.setHeader('content-length', body.length);
        response.end(body);
      }),
    );
    const rtt = await probePeer({ address, ...quick }, realClock());
    expect(rtt).toMatchObject({ address, connectMs: { count: 3 }, requestMs: { count: 5 } });
    expect(requests).toBe(5);
  });

  it('of a peer that answers no plain request are its connects', async () => {
    const silent = await listening(createServer((socket) => socket.on('data', () => {}).on('error', () => {})));
    const strange = await listening(createServer((socket) => socket.on('error', () => {}).end('\x15\x03\x01')));
    for (const address of [silent, strange]) {
      const rtt = await probePeer({ address, ...quick, timeoutMs: 2_000 }, realClock());
      expect(rtt).toMatchObject({ connectMs: { count: 3 }, requestMs: { count: 0, p99: null } });
    }
  });

  it('to nobody fail by name', async () => {
    const server = createServer();
    const address = await listening(server);
    servers.pop();
    server.close();
    await once(server, 'close');
    await expect(probePeer({ address, ...quick }, realClock())).rejects.toThrow(
      `peer ${address} cannot be reached: ECONNREFUSED`,
    );
  });

  it('need an address', () => {
    expect(parseAddress('[::1]:2380')).toEqual({ host: '::1', port: 2380 });
    for (const address of ['host', 'host:', ':1', 'host:0', 'host:70000', 'http://h:1', '::1:2380']) {
      expect(() => parseAddress(address)).toThrow(/is not HOST:PORT/);
    }
  });
});

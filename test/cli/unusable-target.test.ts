/** A target that cannot be used is told of before seconds are spent on calibration or on the disk. */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../src/wire/transport/self-signed.ts';
import { runCli } from '../support/cli.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Answers every path with a page. */
const webServer = (): Promise<number> => portOf(createHttpServer((_request, response) => response.end('<html>')));

/** What a server of TLS says to a client without: an alert. */
const tlsServer = (): Promise<number> =>
  portOf(createServer((socket) => socket.on('error', () => undefined).end(Buffer.from([21, 3, 1, 0, 2, 2, 70]))));

/** Under a CA that nobody here knows: its own. */
const strangersServer = (): Promise<number> => {
  const day = 86_400_000;
  const dates = { notBeforeMs: Date.now() - day, notAfterMs: Date.now() + day };
  return portOf(createTlsServer(selfSignedCertificate({ hosts: ['127.0.0.1'], ...dates })));
};

describe.each([[['run', 'event-flood']], [['assess', tmpdir(), '--profile', 'event-flood']]])('%j', (command) => {
  it.each<[string, () => Promise<number>, string, RegExp]>([
    ['a closed port', closedPort, '', /127\.0\.0\.1:\d+: refuses connections: is etcd running there\?/],
    ['no etcd', webServer, '', /127\.0\.0\.1:\d+: answers, but is not etcd/],
    ['TLS where none is', webServer, 'https://', /127\.0\.0\.1:\d+: speaks no TLS: leave --cacert/],
    ['no TLS where it is', tlsServer, 'http://', /127\.0\.0\.1:\d+: speaks no plain HTTP: if it wants TLS/],
    [
      'a certificate of a stranger',
      strangersServer,
      'https://',
      /its certificate stands under no CA that is trusted here \(.+\): give its CA with --cacert/,
    ],
  ])('says so first: %s', async (_, listen, scheme, message) => {
    const endpoint = `${scheme}127.0.0.1:${await listen()}`;
    const { exitCode, stdout, stderr } = await runCli([...command, '--endpoints', endpoint]);
    expect(stderr).toMatch(message);
    // Calibration and the probe each leave a line.
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });

  it('says so first: no such program', async () => {
    const { exitCode, stderr } = await runCli([...command, '--etcd', '/bin/nope']);
    expect(stderr).toMatch(/^etcdmark: \/bin\/nope cannot be started: no such program[^\n]*\n$/);
    expect(exitCode).toBe(1);
  });

  it('says so first: no such disk model', async () => {
    const { exitCode, stderr } = await runCli([...command, '--disk-model', 'floppy']);
    expect(stderr).toMatch(/^etcdmark: disk model 'floppy' is not known: [^\n]*\n$/);
    expect(exitCode).toBe(2);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectControl, EndpointError, type ControlOptions } from '../../../src/client/control/index.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';
import { freePort, startRealEtcd } from '../../support/real-etcd.ts';

/** For what says nothing; whoever answers is given longer than a busy machine needs. */
const SHORT_DIAL_MS = 400;
const PATIENT = { dialTimeoutMs: 20_000, timeoutMs: 40_000 };

async function failure(options: Partial<ControlOptions> & { endpoints: string[] }): Promise<EndpointError> {
  const client = connectControl({ ...PATIENT, ...options });
  try {
    await client.status({});
  } catch (error) {
    expect((error as Error).message).not.toContain('\n');
    if (error instanceof EndpointError) return error;
    throw error;
  } finally {
    client.close();
  }
  throw new Error('the call succeeded');
}

/** Listens on a free port for the length of `body`; sockets still open are destroyed. */
async function listening<T>(server: Server, body: (endpoint: string) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await body(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('an endpoint that is none', () => {
  it('refuses', async () => {
    const endpoint = `127.0.0.1:${await freePort()}`;
    const error = await failure({ endpoints: [endpoint] });
    expect(error.message).toBe(`${endpoint} refuses the connection: nothing listens there`);
    expect([error.reason, error.unsent]).toEqual(['refused', true]);
  });

  it('has no socket file', async () => {
    const error = await failure({ endpoints: ['unix:///nowhere/etcd.sock'] });
    expect(error.message).toBe('unix:///nowhere/etcd.sock there is no such socket file');
  });

  it('has a name that nobody knows', async () => {
    expect((await failure({ endpoints: ['no-such-host.invalid:2379'] })).reason).toBe('unresolved');
  });

  it('accepts and says nothing', async () => {
    const error = await listening(createServer(), (endpoint) =>
      failure({ endpoints: [endpoint], dialTimeoutMs: SHORT_DIAL_MS }),
    );
    expect(error.reason).toBe('silent');
    expect(error.message).toContain(`says nothing within ${SHORT_DIAL_MS} ms`);
  });

  it('accepts and closes', async () => {
    const server = createServer((socket) => socket.destroy());
    expect((await listening(server, (endpoint) => failure({ endpoints: [endpoint] }))).reason).toBe('lost');
  });

  it('speaks HTTP/1', async () => {
    const server = createHttpServer((_request, response) => response.end('hello'));
    const error = await listening(server, (endpoint) => failure({ endpoints: [endpoint] }));
    expect([error.reason, error.message.split(' ').slice(1).join(' ')]).toEqual([
      'not-etcd',
      'answers with HTTP/1 where gRPC was asked for: it is not an etcd client port',
    ]);
  });

  it('speaks something else', async () => {
    const server = createServer((socket) => socket.end('220 smtp.example.org ESMTP\r\n'));
    expect((await listening(server, (endpoint) => failure({ endpoints: [endpoint] }))).reason).toBe('not-etcd');
  });

  it('speaks gRPC but is not etcd', async () => {
    const server = new GrpcServer();
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const error = await failure({ endpoints: [`127.0.0.1:${port}`] });
    server.forceShutdown();
    expect(error.reason).toBe('not-etcd');
    expect(error.message).toContain('does not know /etcdserverpb.Maintenance/Status');
  });

  it('speaks plain text where TLS was asked for', async () => {
    const server = createHttpServer((_request, response) => response.end('hello'));
    const error = await listening(server, (endpoint) => failure({ endpoints: [`https://${endpoint}`] }));
    expect([error.reason, error.message.includes('use http://')]).toEqual(['wants-plain', true]);
  });

  it('is one of several: each is named', async () => {
    const [a, b] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const client = connectControl({ endpoints: [a, b], ...PATIENT });
    await expect(client.status({})).rejects.toThrow(
      `no endpoint can be reached: ${a} refuses the connection: nothing listens there; ${b} refuses`,
    );
    client.close();
  });
});

describeWithPeers(['openssl', 'etcd'], 'an endpoint behind TLS', () => {
  let directory: string;
  let pem: { key: Buffer; cert: Buffer };
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'etcdmark-tls-'));
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync(
      peerPath('openssl'),
      ['req', '-x509', ...curve, '-keyout', key, '-out', cert, '-days', '2', ...subject],
      {
        stdio: 'ignore',
      },
    );
    pem = { key: readFileSync(key), cert: readFileSync(cert) };
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('says so where plain text was asked for', async () => {
    const error = await listening(createTlsServer(pem), (endpoint) => failure({ endpoints: [endpoint] }));
    expect([error.reason, error.message.includes('use https:// and --cacert')]).toEqual(['wants-tls', true]);
  });

  it('has a certificate that nobody signed', async () => {
    const server = createTlsServer({ ...pem, ALPNProtocols: ['h2'] });
    const error = await listening(server, (endpoint) => failure({ endpoints: [`https://${endpoint}`] }));
    expect(error.reason).toBe('certificate');
    expect(error.message).toContain('self-signed certificate');
  });

  it('does not offer HTTP/2', async () => {
    const server = createTlsServer({ ...pem, ALPNProtocols: ['http/1.1'] });
    const error = await listening(server, (endpoint) => failure({ endpoints: [endpoint], tls: { ca: pem.cert } }));
    expect(error.reason).toMatch(/certificate|not-etcd/);
  });

  it('wants a client certificate', async () => {
    const server = createTlsServer({ ...pem, ALPNProtocols: ['h2'], requestCert: true, ca: pem.cert });
    const error = await listening(server, (endpoint) => failure({ endpoints: [endpoint], tls: { ca: pem.cert } }));
    expect(error.reason).toBe('certificate');
  });

  it('is an etcd: with its certificate authority, or without looking, calls work', async () => {
    const etcd = await startRealEtcd(
      ['--cert-file', join(directory, 'cert.pem'), '--key-file', join(directory, 'key.pem')],
      'https',
    );
    for (const options of [
      { endpoints: [etcd.endpoint], tls: { ca: pem.cert } },
      { endpoints: [`https://${etcd.endpoint}`], tls: { insecureSkipVerify: true } },
      { endpoints: [`https://localhost:${etcd.endpoint.split(':')[1]}`], tls: { ca: pem.cert } },
    ]) {
      const client = connectControl(options);
      expect((await client.status({})).version).toMatch(/^3\./);
      client.close();
    }
    expect((await failure({ endpoints: [etcd.endpoint] })).reason).toBe('wants-tls');
    expect((await failure({ endpoints: [`https://${etcd.endpoint}`] })).reason).toBe('certificate');
    await etcd.stop();
  });
});

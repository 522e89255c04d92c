/** Certificates that members make for themselves, and what the flags about TLS beside the files let in. */
import { readFileSync, statSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../../src/cluster/ports.ts';
import { ready, Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';

const SUITE = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384';

describe('two members on certificates of their own', () => {
  let bench: Workbench;
  let members: BenchMember[];
  let httpPort: number;

  beforeAll(async () => {
    bench = new Workbench();
    const ports = await freePorts(5);
    httpPort = ports[4]!;
    const names = ['m1', 'm2'];
    const peers = names.map((name, i) => `${name}=https://127.0.0.1:${ports[2 * i + 1]}`).join(',');
    members = names.map((name, i) => {
      const [client, peer] = [`127.0.0.1:${ports[2 * i]}`, `https://127.0.0.1:${ports[2 * i + 1]}`];
      return bench.plan(name, [ports[2 * i]!, ports[2 * i + 1]!], peers, {
        flags: [
          // The first speaks both on its one port; the second keeps HTTP/1.1 to a port of its own.
          ...(i === 0
            ? [`--listen-client-urls=http://${client},https://${client}`]
            : [`--listen-client-urls=https://${client}`, `--listen-client-http-urls=https://127.0.0.1:${httpPort}`]),
          `--advertise-client-urls=https://${client}`,
          `--listen-peer-urls=${peer}`,
          `--initial-advertise-peer-urls=${peer}`,
          '--auto-tls',
          '--peer-auto-tls',
          '--self-signed-cert-validity=2',
          `--cipher-suites=${SUITE}`,
        ],
      });
    });
    for (const member of members) member.process.start();
    await Promise.all(members.map((member) => ready(member)));
  });
  afterAll(() => bench.close());

  const certificateOf = (member: BenchMember): string =>
    readFileSync(join(member.dataDir, 'fixtures', 'client', 'cert.pem'), 'utf8');
  const health = (options: RequestOptions) => getStatus({ path: '/health', timeout: 5000, ...options });

  it('serve a client that trusts the certificate kept in the data directory', async () => {
    const [first] = members as [BenchMember, BenchMember];
    const port = Number(first.endpoint.split(':')[1]);
    expect(await health({ host: '127.0.0.1', port, ca: certificateOf(first) })).toBe(200);
    await expect(health({ host: '127.0.0.1', port })).rejects.toThrow(/self-signed/);
    const key = join(first.dataDir, 'fixtures', 'client', 'key.pem');
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  it('serve plain clients on the same port where that is named too', async () => {
    const [first, second] = members as [BenchMember, BenchMember];
    expect((await fetch(`http://${first.endpoint}/health`)).status).toBe(200);
    await expect(fetch(`http://${second.endpoint}/health`)).rejects.toThrow();
  });

  it('keep HTTP/1.1 off the gRPC port where it has one of its own', async () => {
    const second = members[1]!;
    const ca = certificateOf(second);
    expect(await health({ host: '127.0.0.1', port: httpPort, ca })).toBe(200);
    expect(await health({ host: '127.0.0.1', port: Number(second.endpoint.split(':')[1]), ca })).toBe(404);
  });

  it('take the suite named, others of TLS 1.2 not, and TLS 1.3 as it is', async () => {
    const first = members[0]!;
    const port = Number(first.endpoint.split(':')[1]);
    const base = { host: '127.0.0.1', port, ca: certificateOf(first) };
    const old = { ...base, maxVersion: 'TLSv1.2' } as const;
    expect(await cipherOf({ ...old, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    await expect(cipherOf({ ...old, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).rejects.toThrow(/handshake failure/);
    expect(await cipherOf({ ...base, minVersion: 'TLSv1.3' })).toMatch(/^TLS_AES/);
  });

  it('keep their certificates when they start again', async () => {
    const first = members[0]!;
    const before = certificateOf(first);
    first.process.signal('SIGTERM');
    await first.process.ended();
    first.process.start();
    await ready(first);
    expect(certificateOf(first)).toBe(before);
  });
});

function getStatus(options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ ...options, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

function cipherOf(options: ConnectionOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(options, () => {
      resolve(socket.getCipher().name);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** Mutual TLS on both ports with certificates of openssl, and etcdctl as its client. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../../src/cluster/ports.ts';
import { runEtcdctl } from '../../cluster-e2e/support/etcdctl.ts';
import { ready, Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../../support/peers.ts';

describeWithPeers(['etcdctl', 'openssl'], 'a cluster on mutual TLS', () => {
  let bench: Workbench;
  let members: BenchMember[];
  let endpoints: string[];
  let httpPort: number;
  let metricsPort: number;
  const file = (name: string): string => join(bench.root, name);

  beforeAll(async () => {
    bench = new Workbench();
    makeCa('ca');
    makeCa('other-ca');
    makeCertificate('member', 'ca');
    makeCertificate('client', 'ca');
    makeCertificate('stranger', 'other-ca');
    makeCertificate('revoked', 'ca');
    revoke('revoked', 'ca');
    const ports = await freePorts(6);
    [httpPort, metricsPort] = ports.slice(4) as [number, number];
    const names = ['m1', 'm2'];
    const peers = names.map((name, i) => `${name}=https://127.0.0.1:${ports[2 * i + 1]}`).join(',');
    members = names.map((name, i) => {
      const [client, peer] = [`https://127.0.0.1:${ports[2 * i]}`, `https://127.0.0.1:${ports[2 * i + 1]}`];
      return bench.plan(name, [ports[2 * i]!, ports[2 * i + 1]!], peers, {
        // The last of each flag counts.
        flags: [
          `--listen-client-urls=${client}`,
          `--advertise-client-urls=${client}`,
          `--listen-peer-urls=${peer}`,
          `--initial-advertise-peer-urls=${peer}`,
          ...['', 'peer-'].flatMap((prefix) => [
            `--${prefix}cert-file=${file('member.crt')}`,
            `--${prefix}key-file=${file('member.key')}`,
            `--${prefix}trusted-ca-file=${file('ca.crt')}`,
            `--${prefix}client-cert-auth`,
            `--${prefix === '' ? 'client-' : prefix}crl-file=${file('ca.crl')}`,
          ]),
          // The first lets in a peer of that name alone, and the second bears it when it dials.
          ...(i === 0
            ? ['--peer-cert-allowed-cn=client']
            : [`--peer-client-cert-file=${file('client.crt')}`, `--peer-client-key-file=${file('client.key')}`]),
          // The second keeps HTTP/1.1 to ports of its own.
          ...(i === 0
            ? []
            : [
                `--listen-client-http-urls=https://127.0.0.1:${httpPort}`,
                `--listen-metrics-urls=https://127.0.0.1:${metricsPort}`,
              ]),
        ],
      });
    });
    endpoints = members.map(({ endpoint }) => endpoint);
    for (const member of members) member.process.start();
    await Promise.all(members.map((member) => ready(member)));
  });
  afterAll(() => bench.close());

  const ctl = (args: string[], certificate: string | undefined, scheme = 'https') =>
    runEtcdctl([
      `--endpoints=${endpoints.map((endpoint) => `${scheme}://${endpoint}`).join(',')}`,
      ...(scheme === 'https' ? [`--cacert=${file('ca.crt')}`] : []),
      ...(certificate === undefined
        ? []
        : [`--cert=${file(`${certificate}.crt`)}`, `--key=${file(`${certificate}.key`)}`]),
      ...args,
    ]);

  it('serves a client with a certificate of its CA', async () => {
    expect((await ctl(['put', 'a', 'over TLS'], 'client')).stdout).toBe('OK\n');
    expect((await ctl(['get', 'a', '--print-value-only'], 'client')).stdout).toBe('over TLS\n');
    const health = await ctl(['endpoint', 'health', '--cluster'], 'client');
    expect(health).toMatchObject({ code: 0 });
    const list = await ctl(['member', 'list'], 'client');
    expect(list.stdout.match(/https:\/\/127\.0\.0\.1/g)).toHaveLength(4);
  });

  it('refuses a client without one, with a foreign or a revoked one, and without TLS', async () => {
    // etcdctl goes on dialling who refuses it until its time is up.
    const put = ['--dial-timeout=2s', '--command-timeout=4s', 'put', 'a', 'b'];
    const without = [undefined, 'stranger', 'revoked'].map((certificate) => ctl(put, certificate));
    for (const refused of await Promise.all([...without, ctl(put, undefined, 'http')])) {
      expect(refused).toMatchObject({ code: 1, stdout: '' });
    }
    expect((await ctl(['get', 'a', '--print-value-only'], 'client')).stdout).toBe('over TLS\n');
    const reasons = members[0]!.process.lines.flatMap(({ msg, error }) =>
      msg === 'rejected connection on client endpoint' ? [String(error)] : [],
    );
    expect(reasons.some((reason) => reason.includes('did not return a certificate'))).toBe(true);
    expect(reasons.some((reason) => /^certificate [0-9A-F]+ is revoked$/.test(reason))).toBe(true);
  });

  it.each(['client', 'metrics'] as const)('demands them on the %s port for HTTP/1.1 alone, too', async (which) => {
    const port = which === 'client' ? httpPort : metricsPort;
    expect(await health(port, 'client')).toBe(200);
    for (const refused of [undefined, 'stranger', 'revoked']) await expect(health(port, refused)).rejects.toThrow();
  });

  it.each([undefined, 'revoked'])(
    'demands them on its peer port, and says whom it turned away (%s)',
    async (refused) => {
      const port = Number(new URL(members[0]!.process.args.join().match(/listen-peer-urls=(https[^,]+)/)![1]!).port);
      await expect(health(port, refused)).rejects.toThrow();
      await members[0]!.process.waitForLine(/rejected connection on peer endpoint/);
    },
  );

  const health = (port: number, certificate: string | undefined): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const own = certificate && { cert: read(`${certificate}.crt`), key: read(`${certificate}.key`) };
      request({ host: '127.0.0.1', port, path: '/health', ca: read('ca.crt'), agent: false, ...own }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  const read = (name: string): Buffer => readFileSync(file(name));

  it('keeps a plain request from its peer port', async () => {
    const list = await ctl(['member', 'list', '-w', 'json'], 'client');
    const { members } = JSON.parse(list.stdout) as { members: { peerURLs: string[] }[] };
    const plain = members[0]!.peerURLs[0]!.replace('https', 'http');
    await expect(fetch(`${plain}/members`)).rejects.toThrow();
  });

  function openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: bench.root, stdio: 'pipe' });
  }

  function makeCa(name: string): void {
    const subject = ['-subj', `/CN=${name}`, '-days', '2', '-keyout', `${name}.key`, '-out', `${name}.crt`];
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject);
  }

  function revoke(name: string, ca: string): void {
    writeFileSync(file('index.txt'), '');
    writeFileSync(file('ca.cnf'), '[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ndefault_md=sha256\n');
    const authority = ['ca', '-config', 'ca.cnf', '-cert', `${ca}.crt`, '-keyfile', `${ca}.key`];
    openssl(...authority, '-revoke', `${name}.crt`);
    openssl(...authority, '-gencrl', '-crldays', '1', '-out', `${ca}.crl`);
  }

  function makeCertificate(name: string, ca: string): void {
    writeFileSync(file(`${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    const request = ['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`];
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...request);
    const signing = ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
  }
});

/** A load at an etcd that wants TLS, a client certificate and a user. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { loadProfile, runProfile } from '../../../src/bench/index.ts';
import { connectControl, controlOptions } from '../../../src/client/control/index.ts';
import { MemberProcess } from '../../../src/cluster/member-process.ts';
import { startTarget } from '../../../src/cluster/index.ts';
import { freePorts } from '../../../src/cluster/ports.ts';
import type { ControlClient, ControlOptions } from '../../../src/client/control/index.ts';
import { realClock } from '../../../src/platform/clock.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';

describeWithPeers(['etcd', 'openssl'], 'runProfile at an etcd with TLS and users', () => {
  const clock = realClock();
  let root: string;
  let member: MemberProcess;
  let connection: ControlOptions;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'etcdmark-test-'));
    const [key, cert] = [join(root, 'key.pem'), join(root, 'cert.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
    execFileSync(peerPath('openssl'), [...made, ...subject], { stdio: 'ignore' });
    const [port, peerPort] = await freePorts(2);
    const [url, peerUrl] = [`https://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
    const flags = {
      name: 'secure',
      'data-dir': join(root, 'data'),
      'listen-client-urls': url,
      'advertise-client-urls': url,
      'listen-peer-urls': peerUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': `secure=${peerUrl}`,
      'cert-file': cert,
      'key-file': key,
      'trusted-ca-file': cert,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    member = new MemberProcess({ name: 'secure', file: peerPath('etcd'), args, clientUrl: url, dataDir: '' });
    member.start();
    const settings = { endpoints: [url], caCert: cert, cert, key };
    await enableUsers(controlOptions(settings));
    connection = controlOptions({ ...settings, user: 'root:secret' });
  });

  afterAll(async () => {
    await member.kill();
    rmSync(root, { recursive: true });
  });

  it.each(['lean', 'grpc-js'] as const)('with the %s client', async (client) => {
    const target = await startTarget({ kind: 'endpoints', connection }, { clock });
    const profile = loadProfile('kubectl-apply-storm');
    const parts = await runProfile({ profile, target, seed: 7, client, clock, durationS: 1 });
    expect(parts.total).toMatchObject({ errors: 0, skipped: 0 });
    expect(parts.total.completed).toBeGreaterThan(0);
    expect(parts.audit?.violations).toEqual([]);
    expect(parts.watch.events).toBeGreaterThan(0);
  });

  const leads = async (control: ControlClient): Promise<boolean> => {
    try {
      return (await control.status({})).leader > 0n;
    } catch {
      return false;
    }
  };

  async function enableUsers(options: ControlOptions): Promise<void> {
    const control = connectControl(options);
    try {
      await vi.waitUntil(() => leads(control), { timeout: 20_000, interval: 100 });
      await control.userAdd({ name: 'root', password: 'secret' });
      await control.roleAdd({ name: 'root' });
      await control.userGrantRole({ user: 'root', role: 'root' });
      await control.authEnable({});
    } finally {
      control.close();
    }
  }
});

/** A real etcd for a test: one member on free ports in a temporary directory, gone afterwards. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../src/cluster/ports.ts';
import { peerPath } from './peers.ts';

export interface RealEtcd {
  /** host:port of the client port. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** `flags` come after those that are needed to start; `scheme` and certificates are the caller's. */
export async function startRealEtcd(flags: readonly string[] = [], scheme = 'http'): Promise<RealEtcd> {
  const directory = await mkdtemp(join(tmpdir(), 'etcdmark-etcd-'));
  const [client, peer] = await freePorts(2);
  const endpoint = `127.0.0.1:${client}`;
  const child = spawn(
    peerPath('etcd'),
    [
      ['--name', 'real'],
      ['--data-dir', join(directory, 'data')],
      ['--listen-client-urls', `${scheme}://${endpoint}`],
      ['--advertise-client-urls', `${scheme}://${endpoint}`],
      ['--listen-peer-urls', `http://127.0.0.1:${peer}`],
      ['--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
      ['--initial-cluster', `real=http://127.0.0.1:${peer}`],
      ['--logger', 'zap'],
      ['--log-outputs', 'stderr'],
      flags,
    ].flat(),
    { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] } },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((resolve, reject) => {
      let log = '';
      const timer = setTimeout(() => reject(new Error(`etcd is not ready after 50 s:\n${log}`)), 50_000);
      child.stderr.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-20_000);
        if (!/ready to serve client requests|serving (insecure )?client (traffic|requests)/i.test(log)) return;
        clearTimeout(timer);
        resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`etcd ended at once:\n${log}`)));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

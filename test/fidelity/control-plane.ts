/**
 * A Kubernetes control plane for a test: kube-apiserver, kube-controller-manager and kube-scheduler as they are released, and
 * kwok in the place of kubelets. All that it writes lies in one directory of the caller's.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../src/cluster/ports.ts';
import { ApiClient } from './api-client.ts';

export interface Binaries {
  /** Folder of kube-apiserver, kube-controller-manager, kube-scheduler and kubectl. */
  readonly kubernetes: string;
  readonly kwok: string;
  /** Folder of kwok's stages for pods; without it those that are built in: one status write and the end. */
  readonly stages?: string | undefined;
}

export type Part = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok';

const TOKEN = 'administrator';
const READY_MS = 120_000;
/** The address in the apiserver's masterlease; nothing is sent there. Source: RFC 5737. */
const ADVERTISED = '192.0.2.1';
/** Controllers must not be what slows a test down. */
const CLIENT_RATE = ['--kube-api-qps=500', '--kube-api-burst=1000'];

export class ControlPlane {
  readonly api: ApiClient;
  private readonly binaries: Binaries;
  private readonly directory: string;
  private readonly ports: readonly number[];
  private readonly children = new Map<Part, ChildProcess>();

  private constructor(binaries: Binaries, directory: string, ports: readonly number[]) {
    this.binaries = binaries;
    this.directory = directory;
    this.ports = ports;
    this.api = new ApiClient(ports[0]!, TOKEN);
  }

  /** Prepares keys and files; nothing runs yet. */
  static async in(directory: string, binaries: Binaries): Promise<ControlPlane> {
    const plane = new ControlPlane(binaries, directory, await freePorts(3));
    mkdirSync(directory, { recursive: true });
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(plane.file('account.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(plane.file('account.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(plane.file('tokens.csv'), `${TOKEN},administrator,1,system:masters\n`);
    writeFileSync(plane.file('kubeconfig'), plane.kubeconfig());
    return plane;
  }

  /** The apiserver, once it says that it is ready. `flags` come last. */
  async startApiserver(etcdServers: string, flags: readonly string[] = []): Promise<void> {
    this.start('kube-apiserver', [
      `--etcd-servers=${etcdServers}`,
      `--secure-port=${this.ports[0]!}`,
      '--bind-address=127.0.0.1',
      `--advertise-address=${ADVERTISED}`,
      `--cert-dir=${this.file('certificates')}`,
      '--service-cluster-ip-range=10.0.0.0/16',
      '--authorization-mode=RBAC',
      `--token-auth-file=${this.file('tokens.csv')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${this.file('account.pub')}`,
      `--service-account-signing-key-file=${this.file('account.key')}`,
      ...flags,
    ]);
    await this.until('kube-apiserver is ready', async () => (await this.api.send('GET', '/readyz')).status === 200);
  }

  startControllers(): void {
    const common = [`--kubeconfig=${this.file('kubeconfig')}`, '--bind-address=127.0.0.1', ...CLIENT_RATE];
    this.start('kube-controller-manager', [
      ...common,
      `--secure-port=${this.ports[1]!}`,
      `--cert-dir=${this.file('controller-certificates')}`,
      `--service-account-private-key-file=${this.file('account.key')}`,
      '--use-service-account-credentials=true',
      '--concurrent-job-syncs=20',
    ]);
    this.start('kube-scheduler', [
      ...common,
      `--secure-port=${this.ports[2]!}`,
      `--cert-dir=${this.file('scheduler-certificates')}`,
    ]);
  }

  /** Keeps the Leases and statuses of all nodes, and the statuses of their pods. */
  startKubelets(): void {
    const { stages } = this.binaries;
    const files = stages === undefined ? [] : readdirSync(stages).filter((name) => /^pod-.*\.yaml$/.test(name));
    this.start('kwok', [
      `--kubeconfig=${this.file('kubeconfig')}`,
      '--manage-all-nodes=true',
      '--node-lease-duration-seconds=40',
      ...files.map((name) => `--config=${join(stages!, name)}`),
    ]);
  }

  /** stdout; rejects with stderr where kubectl fails. */
  kubectl(args: readonly string[], input?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        join(this.binaries.kubernetes, 'kubectl'),
        [`--kubeconfig=${this.file('kubeconfig')}`, `--cache-dir=${this.file('discovery')}`, ...args],
        { maxBuffer: 1 << 28 },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.slice(0, 2_000)}`));
        },
      );
      child.stdin?.end(input);
    });
  }

  async stop(part: Part, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.children.get(part);
    this.children.delete(part);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await exited;
  }

  /** At once: an apiserver that is asked to end waits a minute for its watchers. */
  async stopAll(): Promise<void> {
    for (const part of ['kwok', 'kube-scheduler', 'kube-controller-manager', 'kube-apiserver'] as const) {
      await this.stop(part, 'SIGKILL');
    }
  }

  /** Asks again until `condition` holds; a failed question is a no. */
  async until(what: string, condition: () => Promise<boolean>, withinMs = READY_MS): Promise<void> {
    for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 250) {
      if (await condition().catch(() => false)) return;
      for (const [part, { exitCode }] of this.children) {
        if (exitCode !== null) throw new Error(`${part} ended with ${exitCode}: see ${this.file(part)}.log`);
      }
      await sleep(250);
    }
    throw new Error(`after ${withinMs} ms it does not hold that ${what}: logs are in ${this.directory}`);
  }

  private start(part: Part, args: readonly string[]): void {
    const binary = part === 'kwok' ? this.binaries.kwok : join(this.binaries.kubernetes, part);
    const log = openSync(`${this.file(part)}.log`, 'a');
    this.children.set(part, spawn(binary, args, { stdio: ['ignore', log, log], env: { HOME: this.directory } }));
    closeSync(log);
  }

  private file(name: string): string {
    return join(this.directory, name);
  }

  private kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'here', cluster: { server: `https://127.0.0.1:${this.ports[0]!}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'administrator', user: { token: TOKEN } }],
      contexts: [{ name: 'here', context: { cluster: 'here', user: 'administrator' } }],
      'current-context': 'here',
    });
  }
}

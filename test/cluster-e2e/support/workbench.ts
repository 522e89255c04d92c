/**
 * Real members as processes for a test: on free ports of 127.0.0.1, below one temporary directory. `close` ends and removes
 * all of it, as does the end of the test process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../../src/cluster/ports.ts';
import { compiledEntry } from '../../../src/platform/entry.ts';
import { peerPath } from '../../support/peers.ts';
import { runEtcdctl, type CtlOptions, type CtlResult } from './etcdctl.ts';
import { ServerProcess } from './server-process.ts';

/** What is started as a member: ours, or the real etcd beside it. */
export type Program = 'bundled' | 'etcd';

export interface MemberOptions {
  readonly program?: Program;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Stands before the program: `strace -D …`, `ip netns exec …`. */
  readonly wrapper?: readonly string[];
  readonly host?: string;
  readonly dataDir?: string;
}

export interface BenchMember {
  readonly name: string;
  readonly dataDir: string;
  /** host:port of the client port. */
  readonly endpoint: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly process: ServerProcess;
}

export interface ClusterOptions extends MemberOptions {
  /** Flags of one member alone. */
  readonly flagsOf?: (index: number) => readonly string[];
}

/** How long a loaded machine may take until a member serves. */
const READY_MS = 60_000;

export class Workbench {
  readonly root = mkdtempSync(join(tmpdir(), 'etcdmark-e2e-'));
  readonly #processes: ServerProcess[] = [];
  readonly #onExit = (): void => this.#endNow();

  constructor() {
    process.once('exit', this.#onExit);
  }

  /** A process that is not started yet. */
  spawnable(args: readonly string[], options: MemberOptions = {}): ServerProcess {
    const { program = 'bundled', wrapper = [], env = {} } = options;
    const [file, ...rest] = [...wrapper, ...commandOf(program), ...args] as [string, ...string[]];
    const created = new ServerProcess(file, rest, env);
    this.#processes.push(created);
    return created;
  }

  /** A member planned on free ports, its process not started yet. `cluster` says who else there is. */
  plan(name: string, ports: readonly [number, number], cluster: string, options: MemberOptions = {}): BenchMember {
    const { host = '127.0.0.1', flags = [], dataDir = join(this.root, name) } = options;
    const clientUrl = `http://${host}:${ports[0]}`;
    const peerUrl = `http://${host}:${ports[1]}`;
    const own = [
      `--name=${name}`,
      `--data-dir=${dataDir}`,
      `--listen-client-urls=${clientUrl}`,
      `--advertise-client-urls=${clientUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=${cluster}`,
      // The real etcd logs as text unless told.
      ...(options.program === 'etcd' ? ['--logger=zap', '--log-outputs=stderr'] : []),
    ];
    const member = this.spawnable([...own, ...flags], options);
    return { name, dataDir, endpoint: `${host}:${ports[0]}`, clientUrl, peerUrl, process: member };
  }

  /** One member, serving. */
  async member(options: MemberOptions = {}, name = 'm1'): Promise<BenchMember> {
    const [client, peer] = (await freePorts(2)) as [number, number];
    const cluster = `${name}=http://${options.host ?? '127.0.0.1'}:${peer}`;
    const member = this.plan(name, [client, peer], cluster, options);
    member.process.start();
    await ready(member);
    return member;
  }

  /** A new cluster of `count` members, all serving. */
  async cluster(count: number, options: ClusterOptions = {}): Promise<BenchMember[]> {
    const members = await this.planCluster(count, options);
    for (const member of members) member.process.start();
    await Promise.all(members.map((member) => ready(member)));
    return members;
  }

  async planCluster(count: number, options: ClusterOptions = {}): Promise<BenchMember[]> {
    const ports = await freePorts(2 * count);
    const names = Array.from({ length: count }, (_, i) => `m${i + 1}`);
    const peers = names.map((name, i) => `${name}=http://127.0.0.1:${ports[2 * i + 1]}`).join(',');
    return names.map((name, i) =>
      this.plan(name, [ports[2 * i]!, ports[2 * i + 1]!], peers, {
        ...options,
        flags: [...(options.flags ?? []), ...(options.flagsOf?.(i) ?? [])],
      }),
    );
  }

  /** etcdctl at these members. */
  ctl(
    members: readonly Pick<BenchMember, 'endpoint'>[],
    args: readonly string[],
    options: CtlOptions = {},
  ): Promise<CtlResult> {
    return runEtcdctl([`--endpoints=${members.map(({ endpoint }) => endpoint).join(',')}`, ...args], options);
  }

  async close(): Promise<void> {
    process.off('exit', this.#onExit);
    await Promise.all(this.#processes.map((each) => each.kill()));
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  #endNow(): void {
    for (const each of this.#processes) each.killNow();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Resolves once the member says that it serves clients: in our words and newer etcds', or in those of etcd 3.4. */
export function ready(member: BenchMember, timeoutMs = READY_MS): Promise<unknown> {
  return member.process.waitForLine(/ready to serve client requests|serving client traffic insecurely/, timeoutMs);
}

function commandOf(program: Program): string[] {
  if (program === 'etcd') return [peerPath('etcd')];
  return [process.execPath, fileURLToPath(compiledEntry('cli/main.js')), 'serve'];
}

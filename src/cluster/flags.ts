/** The flags that etcd and the bundled server share, for members on the loopback interface. */
import { join } from 'node:path';
import type { Settings } from '../core/run/index.ts';

export interface MemberPlan {
  readonly name: string;
  readonly dataDir: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
}

/** Members on the ports given, two each. */
export function planMembers(count: number, ports: readonly number[], root: string): MemberPlan[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `member-${i + 1}`,
    dataDir: join(root, `member-${i + 1}`),
    clientUrl: `http://127.0.0.1:${ports[2 * i]}`,
    peerUrl: `http://127.0.0.1:${ports[2 * i + 1]}`,
  }));
}

export function memberFlags(member: MemberPlan, all: readonly MemberPlan[], more: readonly string[]): string[] {
  return [
    `--name=${member.name}`,
    `--data-dir=${member.dataDir}`,
    `--listen-client-urls=${member.clientUrl}`,
    `--advertise-client-urls=${member.clientUrl}`,
    `--listen-peer-urls=${member.peerUrl}`,
    `--initial-advertise-peer-urls=${member.peerUrl}`,
    `--initial-cluster=${all.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',')}`,
    '--initial-cluster-state=new',
    ...more,
  ];
}

/** What the flags set, and etcd's defaults where they set nothing. */
export function settingsOf(flags: readonly string[], version: string): Settings {
  const value = (name: string): string | undefined => {
    const prefix = `--${name}=`;
    return flags.findLast((flag) => flag.startsWith(prefix))?.slice(prefix.length);
  };
  const number = (name: string, otherwise: number): number => {
    const text = value(name);
    return text === undefined || text === '0' ? otherwise : Number(text);
  };
  return {
    heartbeatIntervalMs: number('heartbeat-interval', 100),
    electionTimeoutMs: number('election-timeout', 1_000),
    quotaBackendBytes: number('quota-backend-bytes', 2 * 1024 ** 3),
    autoCompactionMode: value('auto-compaction-mode') === 'revision' ? 'revision' : 'periodic',
    autoCompactionRetention: value('auto-compaction-retention') ?? '0',
    // 10,000 since 3.6, 100,000 before.
    snapshotCount: number('snapshot-count', /^3\.[0-5]\./.test(version) ? 100_000 : 10_000),
  };
}

/** Two fresh servers of one member each: the bundled one and a real etcd. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawnCluster } from '../../src/cluster/spawned.ts';
import type { Target } from '../../src/cluster/types.ts';
import { realClock } from '../../src/platform/clock.ts';

/** Nothing here is about disks: where there is a file system in memory, the data lies there. */
const MEMORY = '/dev/shm';
const READY_MS = 60_000;

export interface ServerPair {
  readonly ours: Target;
  readonly theirs: Target;
  stop(): Promise<void>;
}

/** `program`: the compiled `cli/main.js` of the bundled server, as a file URL. */
export async function startServers(etcd: string, program: string): Promise<ServerPair> {
  const shared = {
    members: 1,
    flags: [],
    dataRoot: existsSync(MEMORY) ? MEMORY : undefined,
    clock: realClock(),
    readyTimeoutMs: READY_MS,
    signal: undefined,
  };
  const starting = [
    spawnCluster({
      ...shared,
      kind: 'bundled',
      file: process.execPath,
      leadingArgs: [fileURLToPath(program), 'serve'],
    }),
    spawnCluster({ ...shared, kind: 'etcd', file: etcd, leadingArgs: [] }),
  ];
  const settled = await Promise.allSettled(starting);
  const [ours, theirs] = settled.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
  const stop = async (): Promise<void> => {
    await Promise.all([ours?.stop(), theirs?.stop()]);
  };
  if (ours !== undefined && theirs !== undefined) return { ours, theirs, stop };
  await stop();
  throw settled.find((result) => result.status === 'rejected')!.reason;
}

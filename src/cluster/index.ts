/**
 * Targets: the bundled cluster, a real etcd binary, or endpoints of a cluster that runs already.
 *
 * `startTarget` resolves when every member serves, and throws OperationError with a member's last words when one does not.
 * Spawned members are gone, with their data, after `stop`, after a failure here and when this process ends; what they held
 * is only on this machine's loopback interface.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../base/clock.ts';
import { compiledEntry } from '../platform/entry.ts';
import { isModelFile, readDiskModel } from '../server/config/disk-model.ts';
import { useEndpoints } from './endpoints.ts';
import { assertProgram } from './member-process.ts';
import { spawnCluster, type SpawnOptions } from './spawned.ts';
import type { Target, TargetSpec } from './types.ts';

export { httpGet } from './http.ts';
export type { Member, MemberControl, Target, TargetSpec } from './types.ts';

/** A cold three-member cluster on a slow disk elects within seconds; more means that something is wrong. */
const READY_TIMEOUT_MS = 30_000;
const ENDPOINT_TIMEOUT_MS = 5_000;

export interface StartOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly readyTimeoutMs?: number;
}

export function startTarget(spec: TargetSpec, options: StartOptions): Promise<Target> {
  const { clock, signal } = options;
  const readyTimeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
  if (spec.kind === 'endpoints') return useEndpoints(spec.connection, options.readyTimeoutMs ?? ENDPOINT_TIMEOUT_MS);
  const { members, flags = [], dataRoot } = spec;
  const shared = { members, flags, dataRoot, clock, readyTimeoutMs, signal };
  if (spec.kind === 'etcd') return spawnCluster({ ...shared, kind: 'etcd', file: spec.binary, leadingArgs: [] });
  const program = fileURLToPath(compiledEntry('cli/main.js'));
  const bundled = { ...shared, kind: 'bundled', file: process.execPath, leadingArgs: [program, 'serve'] } as const;
  return spec.diskModel === undefined ? spawnCluster(bundled) : spawnModelled(bundled, spec.diskModel);
}

/**
 * Says at once what `startTarget` would say later: endpoints must answer and be etcd, a binary must be a program. Throws
 * OperationError where they are not, UsageError for endpoints or a disk model that are none.
 */
export async function checkTarget(spec: TargetSpec): Promise<void> {
  if (spec.kind === 'endpoints') await useEndpoints(spec.connection, ENDPOINT_TIMEOUT_MS);
  else if (spec.kind === 'etcd') await assertProgram(spec.binary);
  else if (spec.diskModel !== undefined) modelNamed(spec.diskModel);
}

function modelNamed(text: string): ReturnType<typeof readDiskModel> {
  return readDiskModel(text, (path) => readFileSync(path, 'utf8'));
}

async function spawnModelled(options: SpawnOptions, text: string): Promise<Target> {
  // Read here too: a wrong one is refused before anything is started, and the Run tells its name.
  const { name } = modelNamed(text);
  const flag = `--experiment-disk-model=${isModelFile(text) ? resolve(text) : text}`;
  return { ...(await spawnCluster({ ...options, flags: [...options.flags, flag] })), diskModel: name };
}

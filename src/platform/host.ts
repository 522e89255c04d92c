/** The machine and the limits it puts on this process. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { Environment } from '../core/run/environment.ts';

/** The text of a file, or undefined where it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/** Everything of a Run's environment but the version of this program. */
export function hostFacts(read: ReadText = readText): Omit<Environment, 'etcdmark'> {
  const osName = /^PRETTY_NAME="?([^"\n]*)/m.exec(read('/etc/os-release') ?? '')?.[1];
  return {
    node: process.versions.node,
    kernel: `${type()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpuCount: availableParallelism(),
    memoryBytes: totalmem(),
    ...(osName === undefined ? {} : { os: osName }),
    arch: arch(),
    virtualization: virtualization(read),
    ...cgroupLimits(read, totalmem()),
  };
}

/**
 * The tightest cgroup limits that bind this process: CPUs and bytes; null where the machine itself is tighter.
 * Source: kernel Documentation/admin-guide/cgroup-v2.rst (cpu.max, memory.max), cgroup-v1 (cpu.cfs_*, memory.limit_in_bytes).
 */
export function cgroupLimits(
  read: ReadText,
  machineBytes: number,
): { cpuLimit: number | null; memoryLimitBytes: number | null } {
  const cpuLimits: number[] = [];
  const memoryLimits: number[] = [];
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const has = (name: string): boolean => controllers.split(',').includes(name);
    for (const group of [path, ...ancestors(path)]) {
      if (controllers === '') {
        const [quota, period] = (read(`/sys/fs/cgroup${group}/cpu.max`) ?? '').split(' ').map(Number);
        cpuLimits.push(quota! / period!);
        memoryLimits.push(Number.parseInt(read(`/sys/fs/cgroup${group}/memory.max`) ?? '', 10));
      }
      if (has('cpu')) {
        const directory = `/sys/fs/cgroup/cpu${group}`;
        const quota = Number(read(`${directory}/cpu.cfs_quota_us`));
        if (quota > 0) cpuLimits.push(quota / Number(read(`${directory}/cpu.cfs_period_us`)));
      }
      if (has('memory')) {
        const limit = read(`/sys/fs/cgroup/memory${group}/memory.limit_in_bytes`);
        memoryLimits.push(Number.parseInt(limit ?? '', 10));
      }
    }
  }
  const cpuLimit = tightest(cpuLimits);
  const memoryLimit = tightest(memoryLimits);
  return { cpuLimit, memoryLimitBytes: memoryLimit !== null && memoryLimit < machineBytes ? memoryLimit : null };
}

function tightest(limits: readonly number[]): number | null {
  const real = limits.filter((limit) => Number.isFinite(limit) && limit > 0);
  return real.length === 0 ? null : Math.min(...real);
}

/** The paths above a cgroup, up to the root, which is ''. */
function ancestors(path: string): string[] {
  const above: string[] = [];
  for (let rest = path; rest.length > 0; above.push(rest)) rest = rest.slice(0, rest.lastIndexOf('/'));
  return above;
}

/** What the firmware calls the virtual machine; null on bare metal. */
function virtualization(read: ReadText): string | null {
  if (!/^flags\s*:.*\bhypervisor\b/m.test(read('/proc/cpuinfo') ?? '')) return null;
  const product = read('/sys/class/dmi/id/product_name')?.trim();
  const vendor = read('/sys/class/dmi/id/sys_vendor')?.trim();
  return [vendor, product].filter((part) => part).join(' ') || 'hypervisor';
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

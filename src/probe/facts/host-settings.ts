/** Settings of the host that hurt a member whatever its disk: swap, huge pages, the CPU governor. */
import type { Tree } from './tree.ts';

export interface HostSettings {
  readonly swapBytes: number;
  readonly swappiness: number | undefined;
  /** `always`, `madvise` or `never`. */
  readonly transparentHugePages: string | undefined;
  /** Undefined where the kernel does not set frequencies, as in most guests. */
  readonly cpuGovernor: string | undefined;
}

export function hostSettings(tree: Tree): HostSettings {
  const swaps = (tree.text('/proc/swaps') ?? '').split('\n').slice(1);
  const swappiness = tree.text('/proc/sys/vm/swappiness')?.trim();
  const hugePages = /\[(\w+)\]/.exec(tree.text('/sys/kernel/mm/transparent_hugepage/enabled') ?? '')?.[1];
  const governor = tree.text('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')?.trim();
  return {
    swapBytes: swaps.reduce((sum, line) => sum + (Number(line.trim().split(/\s+/)[2] ?? 0) || 0) * 1024, 0),
    swappiness: swappiness === undefined ? undefined : Number(swappiness),
    transparentHugePages: hugePages,
    cpuGovernor: governor,
  };
}

/** The names that a cloud or a hypervisor gives its machines. */
export function hostIdentity(tree: Tree): string {
  const files = ['/sys/class/dmi/id/sys_vendor', '/sys/class/dmi/id/product_name', '/sys/hypervisor/uuid'];
  return files
    .map((path) => tree.text(path)?.trim() ?? '')
    .join('\n')
    .trim();
}

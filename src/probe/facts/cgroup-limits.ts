/**
 * I/O limits that a cgroup sets on the disks: a finite one makes the result a statement about the limit.
 *
 * Source: kernel Documentation/admin-guide/cgroup-v2.rst (io.max), cgroup-v1/blkio-controller.rst.
 */
import type { Tree } from './tree.ts';

export interface IoLimit {
  /** The cgroup that sets it. */
  readonly cgroup: string;
  /** `major:minor` of the disk. */
  readonly device: string;
  readonly writeBytesPerS?: number;
  readonly writesPerS?: number;
}

/** Limits on any of `devices` (as `major:minor`) that bind this process. */
export function ioLimits(tree: Tree, devices: readonly string[]): IoLimit[] {
  const limits: IoLimit[] = [];
  for (const line of (tree.text('/proc/self/cgroup') ?? '').split('\n')) {
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    for (const cgroup of ancestors(path)) {
      if (hierarchy === '0') limits.push(...unified(tree, cgroup));
      else if ((controllers ?? '').split(',').includes('blkio')) limits.push(...legacy(tree, cgroup));
    }
  }
  return limits.filter((limit) => devices.includes(limit.device));
}

function unified(tree: Tree, cgroup: string): IoLimit[] {
  const text = tree.text(`/sys/fs/cgroup${cgroup === '/' ? '' : cgroup}/io.max`) ?? '';
  return text.split('\n').flatMap((line) => {
    const [device, ...settings] = line.trim().split(/\s+/);
    const values = new Map(settings.map((setting) => setting.split('=') as [string, string]));
    return limitOf(cgroup, device, values.get('wbps'), values.get('wiops'));
  });
}

function legacy(tree: Tree, cgroup: string): IoLimit[] {
  const directory = `/sys/fs/cgroup/blkio${cgroup === '/' ? '' : cgroup}/blkio.throttle`;
  const lines = (name: string): string[][] =>
    (tree.text(`${directory}.${name}`) ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  return [
    ...lines('write_bps_device').flatMap(([device, value]) => limitOf(cgroup, device, value, undefined)),
    ...lines('write_iops_device').flatMap(([device, value]) => limitOf(cgroup, device, undefined, value)),
  ];
}

function limitOf(cgroup: string, device: string | undefined, bytes?: string, writes?: string): IoLimit[] {
  const finite = (text: string | undefined): number | undefined =>
    /^\d+$/.test(text ?? '') ? Number(text) : undefined;
  const writeBytesPerS = finite(bytes);
  const writesPerS = finite(writes);
  if (device === undefined || (writeBytesPerS === undefined && writesPerS === undefined)) return [];
  return [
    {
      cgroup,
      device,
      ...(writeBytesPerS === undefined ? {} : { writeBytesPerS }),
      ...(writesPerS === undefined ? {} : { writesPerS }),
    },
  ];
}

/** The group and all above it; `/a/b` gives `/a/b`, `/a` and `/`. */
function ancestors(path: string): string[] {
  const groups: string[] = [];
  for (let group = path; group !== '' && group !== '/'; group = group.slice(0, group.lastIndexOf('/')))
    groups.push(group);
  return [...groups, '/'];
}

/** Everything that Linux tells about the volume under a path, without root. */
import {
  describeLayer,
  deviceByNumber,
  deviceBySource,
  diskProperties,
  disksUnder,
  layersOf,
  type BlockDevice,
  type DiskProperties,
} from './block-devices.ts';
import { ioLimits, type IoLimit } from './cgroup-limits.ts';
import { hostIdentity, hostSettings, type HostSettings } from './host-settings.ts';
import { mountOf, parseMounts, type Mount } from './mounts.ts';
import type { Tree } from './tree.ts';
import { classOfDisk, classOfFilesystem, type VolumeClass } from './volume-class.ts';

export interface VolumeFacts {
  readonly mount: Mount | undefined;
  /** The device that is mounted, with all below it; undefined for filesystems without one. */
  readonly device: BlockDevice | undefined;
  /** Layers from the mounted device down, in words. */
  readonly stack: readonly string[];
  readonly disks: readonly DiskProperties[];
  readonly class: VolumeClass;
  readonly limits: readonly IoLimit[];
  readonly host: HostSettings;
}

/** Facts for an absolute path whose links are resolved. */
export function volumeFacts(tree: Tree, path: string): VolumeFacts {
  const mounts = parseMounts(tree.text('/proc/self/mountinfo') ?? '');
  const mount = mountOf(mounts, path);
  const device = mount === undefined ? undefined : deviceOf(tree, mounts, mount);
  const disks = device === undefined ? [] : disksUnder(device).map(({ name }) => diskProperties(tree, name));
  return {
    mount,
    device,
    stack: device === undefined ? [] : layersOf(device).map(describeLayer),
    disks,
    class: volumeClass(tree, mount, device, disks),
    limits: ioLimits(
      tree,
      disks.flatMap((disk) => tree.text(`/sys/class/block/${disk.name}/dev`)?.trim() ?? []),
    ),
    host: hostSettings(tree),
  };
}

function deviceOf(tree: Tree, mounts: readonly Mount[], mount: Mount): BlockDevice | undefined {
  if (mount.major !== 0) return deviceByNumber(tree, mount.major, mount.minor);
  // btrfs and bcachefs have device numbers of their own, and name the device as the source of the mount.
  if (mount.source.startsWith('/dev/')) return deviceBySource(tree, mount.source);
  const upper = mount.options.find((option) => option.startsWith('upperdir='))?.slice('upperdir='.length);
  if (mount.filesystem !== 'overlay' || upper === undefined) return undefined;
  const below = mountOf(mounts, upper);
  // From inside a container the upper directory is a path of the host, so only another mount than the overlay counts.
  return below === undefined || below.filesystem === 'overlay' ? undefined : deviceOf(tree, mounts, below);
}

function volumeClass(
  tree: Tree,
  mount: Mount | undefined,
  device: BlockDevice | undefined,
  disks: readonly DiskProperties[],
): VolumeClass {
  const byFilesystem = mount === undefined ? undefined : classOfFilesystem(mount);
  if (byFilesystem !== undefined) return byFilesystem;
  const loop = device === undefined ? undefined : layersOf(device).find((layer) => layer.kind === 'loop');
  if (loop !== undefined)
    return { name: 'loop', storage: 'layered', note: loop.label ?? 'a file of another filesystem' };
  const identity = hostIdentity(tree);
  const classes = disks.map((disk) => classOfDisk(disk, identity));
  const [first] = classes;
  if (first === undefined) return { name: 'unknown', storage: 'unknown' };
  // A RAID of unlike disks is as slow as its slowest; none of them names it.
  return classes.every((one) => one.name === first.name) ? first : { name: 'mixed', storage: 'layered' };
}

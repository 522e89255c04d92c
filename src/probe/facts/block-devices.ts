/**
 * The devices under a filesystem, from the one that is mounted down to the disks: partition, LVM, LUKS, multipath, RAID,
 * loop and virtual disks, by sysfs alone and without root.
 *
 * Source: kernel Documentation/ABI (sysfs-block, sysfs-block-dm), Documentation/admin-guide/md.rst.
 */
import type { Tree } from './tree.ts';

export type LayerKind = 'partition' | 'lvm' | 'crypt' | 'multipath' | 'dm' | 'md' | 'loop' | 'disk';

export interface BlockDevice {
  /** The kernel's name, such as `nvme0n1p2` or `dm-0`. */
  readonly name: string;
  readonly kind: LayerKind;
  /** What a person calls it: the LVM or LUKS name, the RAID level, a loop device's file. */
  readonly label?: string;
  readonly below: readonly BlockDevice[];
}

/** Properties of one disk as the kernel tells them; undefined where it does not. */
export interface DiskProperties {
  readonly name: string;
  readonly model: string | undefined;
  readonly vendor: string | undefined;
  readonly serial: string | undefined;
  readonly firmware: string | undefined;
  readonly rotational: boolean | undefined;
  readonly scheduler: string | undefined;
  readonly writeCache: string | undefined;
  readonly fua: boolean | undefined;
  readonly queueDepth: number | undefined;
  readonly logicalBlockBytes: number | undefined;
  readonly physicalBlockBytes: number | undefined;
  readonly sizeBytes: number | undefined;
  /** `nvme`, `virtio`, `xen`, `scsi`, `mmc` or undefined. */
  readonly transport: string | undefined;
}

/** A stack deeper than this is a loop in the tree. */
const MAX_DEPTH = 12;

export function deviceByNumber(tree: Tree, major: number, minor: number): BlockDevice | undefined {
  const target = tree.link(`/sys/dev/block/${major}:${minor}`);
  return target === undefined ? undefined : device(tree, baseName(target), 0);
}

/** The device of a source such as /dev/sda1 or /dev/mapper/vg-lv, for filesystems without a device number of their own. */
export function deviceBySource(tree: Tree, source: string): BlockDevice | undefined {
  if (!source.startsWith('/dev/')) return undefined;
  const name = baseName(tree.link(source) ?? source);
  return tree.link(`/sys/class/block/${name}`) === undefined ? undefined : device(tree, name, 0);
}

function device(tree: Tree, name: string, depth: number): BlockDevice {
  const directory = `/sys/class/block/${name}`;
  const slaves = depth >= MAX_DEPTH ? [] : tree.names(`${directory}/slaves`);
  const below = slaves.map((slave) => device(tree, slave, depth + 1));
  if (trimmed(tree, `${directory}/partition`) !== undefined) {
    const parent = baseName((tree.link(directory) ?? '').split('/').slice(0, -1).join('/'));
    return { name, kind: 'partition', below: parent === '' ? [] : [device(tree, parent, depth + 1)] };
  }
  const uuid = trimmed(tree, `${directory}/dm/uuid`);
  if (uuid !== undefined || name.startsWith('dm-')) {
    const label = trimmed(tree, `${directory}/dm/name`);
    return { name, kind: mapperKind(uuid ?? ''), ...(label === undefined ? {} : { label }), below };
  }
  const level = trimmed(tree, `${directory}/md/level`);
  if (level !== undefined) return { name, kind: 'md', label: level, below };
  const backing = trimmed(tree, `${directory}/loop/backing_file`);
  if (/^loop\d/.test(name)) return { name, kind: 'loop', ...(backing === undefined ? {} : { label: backing }), below };
  return { name, kind: 'disk', below };
}

/** The owner of a device-mapper target is the prefix of its uuid. */
function mapperKind(uuid: string): LayerKind {
  if (uuid.startsWith('LVM-')) return 'lvm';
  if (uuid.startsWith('CRYPT-')) return 'crypt';
  if (uuid.startsWith('mpath-')) return 'multipath';
  return 'dm';
}

/** The devices at the bottom, each once. */
export function disksUnder(top: BlockDevice): BlockDevice[] {
  const found = new Map<string, BlockDevice>();
  const visit = (one: BlockDevice): void => {
    if (one.below.length === 0) found.set(one.name, one);
    else one.below.forEach(visit);
  };
  visit(top);
  return [...found.values()];
}

/** Every layer once, top first. */
export function layersOf(top: BlockDevice): BlockDevice[] {
  const found = new Map<string, BlockDevice>();
  for (let level: readonly BlockDevice[] = [top]; level.length > 0; level = level.flatMap((one) => one.below)) {
    for (const one of level) found.set(one.name, one);
  }
  return [...found.values()];
}

/** A layer in a few words: `dm-0 (lvm vg-etcd)`. */
export function describeLayer({ name, kind, label }: BlockDevice): string {
  if (kind === 'disk') return name;
  return `${name} (${label === undefined ? kind : `${kind} ${label}`})`;
}

export function diskProperties(tree: Tree, name: string): DiskProperties {
  const directory = `/sys/class/block/${name}`;
  const read = (path: string): string | undefined => trimmed(tree, `${directory}/${path}`);
  const number = (path: string): number | undefined => {
    const text = read(path);
    return text === undefined || !Number.isFinite(Number(text)) ? undefined : Number(text);
  };
  const flag = (path: string): boolean | undefined => {
    const text = read(path);
    return text === undefined ? undefined : text === '1';
  };
  const sectors = number('size');
  return {
    name,
    model: read('device/model') ?? read('device/name'),
    vendor: read('device/vendor'),
    serial: read('device/serial') ?? read('serial'),
    firmware: read('device/firmware_rev') ?? read('device/rev'),
    rotational: flag('queue/rotational'),
    scheduler: /\[([^\]]+)\]/.exec(read('queue/scheduler') ?? '')?.[1] ?? read('queue/scheduler'),
    writeCache: read('queue/write_cache'),
    fua: flag('queue/fua'),
    queueDepth: number('queue/nr_requests'),
    logicalBlockBytes: number('queue/logical_block_size'),
    physicalBlockBytes: number('queue/physical_block_size'),
    // Always in units of 512 bytes, whatever the block size.
    sizeBytes: sectors === undefined ? undefined : sectors * 512,
    transport: transportOf(name, read('device/modalias') ?? read('device/uevent') ?? ''),
  };
}

function transportOf(name: string, identity: string): string | undefined {
  if (name.startsWith('nvme')) return 'nvme';
  if (/virtio/.test(identity) || name.startsWith('vd')) return 'virtio';
  if (/xen/.test(identity) || name.startsWith('xvd')) return 'xen';
  if (name.startsWith('mmcblk')) return 'mmc';
  if (/^(rbd|drbd|nbd|zram|ram)\d/.test(name)) return name.replace(/\d.*$/, '');
  return name.startsWith('sd') ? 'scsi' : undefined;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function trimmed(tree: Tree, path: string): string | undefined {
  const text = tree.text(path)?.trim();
  return text === undefined || text === '' ? undefined : text;
}

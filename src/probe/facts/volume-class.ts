/**
 * What kind of storage a disk is, from the names that it goes by.
 *
 * Source: amazon-ec2-utils (ebsnvme-id), GoogleCloudPlatform/guest-configs (google_nvme_id), azure-vm-utils
 * (doc/disk-identification.md) and udev's rules for the vendors' strings; a model string never tells gp3 from io2.
 */
import type { DiskProperties } from './block-devices.ts';
import type { Mount } from './mounts.ts';

export interface VolumeClass {
  /** Such as `aws-ebs`, `nvme`, `hdd`, `nfs`. */
  readonly name: string;
  readonly storage: 'local' | 'network' | 'virtual' | 'memory' | 'layered' | 'unknown';
  /** Says what cannot be known from inside, or how sure the class is. */
  readonly note?: string;
}

interface Rule {
  readonly matches: (disk: DiskProperties, host: HostIdentity) => boolean;
  readonly class: VolumeClass;
}

/** DMI and hypervisor strings of the machine, joined. */
export type HostIdentity = string;

const model = (pattern: RegExp) => (disk: DiskProperties) => pattern.test(`${disk.vendor ?? ''} ${disk.model ?? ''}`);

const EBS: VolumeClass = {
  name: 'aws-ebs',
  storage: 'network',
  note: 'the guest cannot see whether it is gp2, gp3, io1 or io2; gp2 and small instances run on burst credits',
};
const AZURE: VolumeClass = {
  name: 'azure-disk',
  storage: 'network',
  note: 'the guest cannot see the disk type; small Premium and Standard SSD disks run on burst credits',
};
const GCP: VolumeClass = {
  name: 'gcp-pd',
  storage: 'network',
  note: 'Persistent Disk or Hyperdisk; the guest cannot see which',
};

/** The first that matches holds. */
const RULES: readonly Rule[] = [
  { matches: model(/Amazon Elastic Block Store/), class: EBS },
  { matches: model(/Amazon EC2 NVMe Instance Storage/), class: { name: 'aws-instance-store', storage: 'local' } },
  { matches: (disk, host) => disk.transport === 'xen' && /amazon|^ec2/im.test(host), class: EBS },
  { matches: model(/nvme_card-pd|PersistentDisk/), class: GCP },
  { matches: model(/nvme_card\b|EphemeralDisk/), class: { name: 'gcp-local-ssd', storage: 'local' } },
  { matches: model(/Microsoft NVMe Direct Disk/), class: { name: 'azure-local-nvme', storage: 'local' } },
  { matches: model(/MSFT NVMe Accelerator|Msft\s+Virtual[ _]Disk/), class: AZURE },
  {
    matches: model(/\bIET\b.*VIRTUAL-DISK/),
    class: { name: 'iscsi-tgt', storage: 'network', note: 'such as Longhorn' },
  },
  {
    matches: model(/\b(LIO-ORG|NETAPP|PURE|DGC|EQLOGIC|Nimble|3PARdata|HUAWEI|IBM\s+2145)\b/),
    class: { name: 'san', storage: 'network' },
  },
  { matches: model(/^HC\s+Volume/), class: { name: 'hetzner-volume', storage: 'network' } },
  { matches: model(/^DO\s+Volume/), class: { name: 'digitalocean-volume', storage: 'network' } },
  {
    matches: model(/VMware/),
    class: { name: 'vmware-disk', storage: 'virtual', note: 'the datastore behind it is not visible' },
  },
  {
    matches: model(/QEMU/),
    class: { name: 'qemu-disk', storage: 'virtual', note: 'the host’s storage and cache mode are not visible' },
  },
  { matches: (disk) => disk.transport === 'rbd', class: { name: 'ceph-rbd', storage: 'network' } },
  { matches: (disk) => disk.transport === 'drbd', class: { name: 'drbd', storage: 'network' } },
  { matches: (disk) => disk.transport === 'nbd', class: { name: 'nbd', storage: 'network' } },
  {
    matches: (disk) => disk.transport === 'zram' || disk.transport === 'ram',
    class: { name: 'ram-disk', storage: 'memory' },
  },
  {
    matches: (disk, host) => disk.transport === 'virtio' && /google/i.test(host),
    class: { ...GCP, note: 'a virtio disk of a Google machine' },
  },
  {
    matches: (disk) => disk.transport === 'virtio' || disk.transport === 'xen',
    class: { name: 'virtual-disk', storage: 'virtual', note: 'the host’s storage and cache mode are not visible' },
  },
  { matches: (disk) => disk.transport === 'mmc', class: { name: 'sd-card', storage: 'local' } },
  { matches: (disk) => disk.transport === 'nvme', class: { name: 'nvme', storage: 'local' } },
  { matches: (disk) => disk.rotational === true, class: { name: 'hdd', storage: 'local' } },
  { matches: (disk) => disk.rotational === false, class: { name: 'ssd', storage: 'local' } },
];

const UNKNOWN: VolumeClass = { name: 'unknown', storage: 'unknown' };

export function classOfDisk(disk: DiskProperties, host: HostIdentity): VolumeClass {
  return RULES.find((rule) => rule.matches(disk, host))?.class ?? UNKNOWN;
}

/** Filesystems that say more than the device under them, or have none. */
export function classOfFilesystem({ filesystem }: Mount): VolumeClass | undefined {
  if (filesystem === 'tmpfs' || filesystem === 'ramfs') return { name: filesystem, storage: 'memory' };
  if (filesystem === 'overlay') return { name: 'overlay', storage: 'layered' };
  if (/^nfs/.test(filesystem)) return { name: 'nfs', storage: 'network' };
  if (/^(cifs|smb3?|ceph|glusterfs|lustre|9p|virtiofs|fuse(\..*)?|beegfs|gpfs|afs)$/.test(filesystem)) {
    return { name: filesystem, storage: filesystem === '9p' || filesystem === 'virtiofs' ? 'virtual' : 'network' };
  }
  if (filesystem === 'zfs') {
    return { name: 'zfs', storage: 'layered', note: 'the pool’s devices are not visible through sysfs' };
  }
  return undefined;
}

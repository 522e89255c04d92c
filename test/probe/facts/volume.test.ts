import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordFacts } from '../../../src/probe/facts/index.ts';
import { recordedTree, type RecordedTree } from '../../../src/probe/facts/tree.ts';
import { volumeFacts } from '../../../src/probe/facts/volume.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);

function fixture(name: string): RecordedTree {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8')) as RecordedTree;
}

function facts(name: string) {
  const tree = fixture(name);
  return volumeFacts(recordedTree(tree), tree.path);
}

/** Every fixture: class, storage, filesystem, stack from the mounted device down. */
const EXPECTED: Readonly<Record<string, readonly [string, string, string, readonly string[]]>> = {
  'aws-nitro-ebs': ['aws-ebs', 'network', 'xfs', ['nvme1n1']],
  'aws-instance-store': ['aws-instance-store', 'local', 'ext4', ['nvme2n1']],
  'aws-xen-ebs': ['aws-ebs', 'network', 'ext4', ['xvda1 (partition)', 'xvda']],
  'gcp-pd-nvme': ['gcp-pd', 'network', 'ext4', ['nvme0n1p1 (partition)', 'nvme0n1']],
  'gcp-pd-scsi': ['gcp-pd', 'network', 'ext4', ['sda1 (partition)', 'sda']],
  'azure-scsi': ['azure-disk', 'network', 'xfs', ['dm-0 (lvm data-etcd)', 'sdc']],
  'azure-nvme': ['azure-disk', 'network', 'ext4', ['nvme0n2']],
  'nvme-luks-lvm': [
    'nvme',
    'local',
    'ext4',
    ['dm-3 (lvm vg-etcd)', 'dm-0 (crypt luks-root)', 'nvme0n1p3 (partition)', 'nvme0n1'],
  ],
  'md-raid1-hdd': ['hdd', 'local', 'ext4', ['md0 (md raid1)', 'sda1 (partition)', 'sdb1 (partition)', 'sda', 'sdb']],
  'sata-ssd': ['ssd', 'local', 'xfs', ['sdb1 (partition)', 'sdb']],
  zfs: ['zfs', 'layered', 'zfs', []],
  'btrfs-subvolume': ['nvme', 'local', 'btrfs', ['nvme0n1p2 (partition)', 'nvme0n1']],
  'docker-overlay': ['overlay', 'layered', 'overlay', []],
  'docker-volume': ['qemu-disk', 'virtual', 'ext4', ['sda2 (partition)', 'sda']],
  nfs: ['nfs', 'network', 'nfs4', []],
  tmpfs: ['tmpfs', 'memory', 'tmpfs', []],
  'loop-file': ['loop', 'layered', 'ext4', ['loop0 (loop /var/img/etcd.img)']],
  'vmware-thin': ['vmware-disk', 'virtual', 'xfs', ['dm-0 (lvm rhel-root)', 'sda2 (partition)', 'sda']],
  'multipath-san': ['san', 'network', 'xfs', ['dm-5 (multipath mpatha)', 'sdc', 'sdd']],
  'ceph-rbd': ['ceph-rbd', 'network', 'ext4', ['rbd0']],
  'cgroup-v1': ['virtual-disk', 'virtual', 'ext4', ['vda']],
  'firecracker-virtio': ['virtual-disk', 'virtual', 'ext4', ['vda']],
};

describe('facts of many machines', () => {
  it.each(Object.entries(EXPECTED))('%s', (name, [volume, storage, filesystem, stack]) => {
    const found = facts(name);
    expect(found.class).toMatchObject({ name: volume, storage });
    expect(found.mount?.filesystem).toBe(filesystem);
    expect(found.stack).toEqual(stack);
  });

  it('every fixture is tested and says where it is from', () => {
    const names = readdirSync(FIXTURES).map((file) => file.replace(/\.json$/, ''));
    expect(names.sort()).toEqual(Object.keys(EXPECTED).sort());
    for (const name of names) expect(fixture(name).origin, name).toMatch(/^(recorded$|built from )/);
  });

  it('read the queue, the cache and the model of the disk under an encrypted logical volume', () => {
    const { disks, mount, host } = facts('nvme-luks-lvm');
    expect(disks).toMatchObject([
      {
        name: 'nvme0n1',
        model: 'Samsung SSD 990 PRO 1TB',
        rotational: false,
        scheduler: 'none',
        writeCache: 'write back',
        fua: true,
        queueDepth: 1023,
        sizeBytes: 1953525168 * 512,
        transport: 'nvme',
      },
    ]);
    expect(mount?.options).toContain('nobarrier');
    expect(host).toEqual({
      swapBytes: 8388604 * 1024,
      swappiness: 60,
      transparentHugePages: 'always',
      cpuGovernor: 'powersave',
    });
  });

  it('take the innermost mount, also one with a blank in its name', () => {
    expect(facts('sata-ssd').mount?.mountPoint).toBe('/srv/with space');
    expect(facts('docker-volume').mount?.mountPoint).toBe('/var/lib/etcd');
  });

  it('find the limits that cgroups set on this disk, of both versions', () => {
    expect(facts('azure-scsi').limits).toEqual([
      { cgroup: '/kubepods', device: '8:32', writeBytesPerS: 2097152, writesPerS: 120 },
    ]);
    expect(facts('cgroup-v1').limits).toEqual([
      { cgroup: '/docker/abc', device: '254:0', writeBytesPerS: 1048576 },
      { cgroup: '/docker/abc', device: '254:0', writesPerS: 200 },
    ]);
  });

  it('are empty, not wrong, where nothing can be read', () => {
    const found = volumeFacts(recordedTree({ files: {}, links: {} }), '/x');
    expect(found).toMatchObject({ mount: undefined, device: undefined, disks: [], limits: [] });
    expect(found.class.name).toBe('unknown');
  });

  it('survive a device that lists itself below itself', () => {
    const tree = fixture('azure-scsi');
    const links = { ...tree.links, '/sys/class/block/sdc/slaves/dm-0': '../../dm-0' };
    expect(volumeFacts(recordedTree({ ...tree, links }), tree.path).stack.length).toBe(2);
  });
});

describe('recording facts', () => {
  it.each(Object.keys(EXPECTED))('gives a tree with the same facts: %s', (name) => {
    const tree = fixture(name);
    const recorded = recordFacts(recordedTree(tree), tree.path);
    expect(recorded.origin).toBe('recorded');
    const before = volumeFacts(recordedTree(tree), tree.path);
    const after = volumeFacts(recordedTree(recorded), tree.path);
    const anonymous = (disks: typeof before.disks) => disks.map((disk) => ({ ...disk, serial: undefined }));
    expect({ ...after, disks: anonymous(after.disks) }).toEqual({ ...before, disks: anonymous(before.disks) });
  });

  it('keeps no serial number and no foreign mount', () => {
    const tree = fixture('nvme-luks-lvm');
    const text = JSON.stringify(recordFacts(recordedTree(tree), tree.path));
    expect(text).not.toContain('S6Z1NJ0W123456X');
    expect(text).not.toContain('vg-root');
  });
});

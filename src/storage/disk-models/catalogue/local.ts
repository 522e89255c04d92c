/** Disks that one can hold, and what is built from them. */
import { lognormal, type DiskModel } from '../model.ts';
import { WRITES_PER_SYNC } from './aws.ts';

const common = { asOf: '2026-01', writesPerSync: WRITES_PER_SYNC, limits: [] } as const;
const VITASTOR = 'vitastor.io, "Understanding storage performance"';

export const LOCAL_MODELS: readonly DiskModel[] = [
  {
    ...common,
    name: 'nvme-plp',
    title: 'Enterprise NVMe with power-loss protection',
    sources: ['smalldatum.blogspot.com (2026), "SSDs, power loss protection and fsync": 12–58 µs'],
    confidence: 'medium',
    bytesPerS: 1e9,
    latency: lognormal(50, 0.45, 0.0001, 1, 5),
  },
  {
    ...common,
    name: 'nvme-consumer',
    title: 'Consumer NVMe without power-loss protection',
    sources: ['tanelpoder.com: pg_test_fsync on a 990 Pro, 1,643 µs', VITASTOR],
    confidence: 'medium',
    note: 'models differ by ten: 0.5–5 ms',
    bytesPerS: 500e6,
    latency: lognormal(1700, 0.5, 0.001, 20, 100),
  },
  {
    ...common,
    name: 'sata-ssd',
    title: 'SATA SSD, enterprise',
    sources: ['assumed between NVMe with and without power-loss protection'],
    confidence: 'low',
    bytesPerS: 400e6,
    latency: lognormal(600, 0.4, 0.001, 5, 20),
  },
  {
    ...common,
    name: 'sata-ssd-consumer',
    title: 'SATA SSD, consumer',
    sources: ['a pg_test_fsync of 11.4 ms on a desktop', 'gist.github.com/temoto: 58–114 IOPS on two SSDs under LXD'],
    confidence: 'low',
    bytesPerS: 300e6,
    latency: lognormal(5000, 0.6, 0.005, 50, 200),
  },
  {
    ...common,
    name: 'hdd',
    title: 'HDD, 7,200 rpm',
    sources: ['etcd-io/etcd#10273: p50 24, p99 67 ms', 'etcd-io/etcd#10414: 44–47 IOPS on RAID 10'],
    confidence: 'medium',
    bytesPerS: 120e6,
    latency: lognormal(24_000, 0.45, 0.001, 100, 250),
  },
  {
    ...common,
    name: 'sd-card',
    title: 'A good SD card',
    sources: ['nmnx.org, "efficient storage": 633 syncs/s, max 411 ms'],
    confidence: 'low',
    note: 'cheap cards are far worse',
    bytesPerS: 20e6,
    latency: lognormal(1000, 0.45, 0.002, 100, 400),
  },
  {
    ...common,
    name: 'ceph-rbd',
    title: 'Ceph RBD on flash',
    sources: [VITASTOR, 'pastebin.com/TFUg5fqA: p50 0.95 ms a read'],
    confidence: 'low',
    bytesPerS: 200e6,
    latency: lognormal(3000, 0.5, 0.002, 20, 100),
  },
  {
    ...common,
    name: 'longhorn',
    title: 'Longhorn over SSD',
    sources: ['longhorn/longhorn#7905: 2.03 ms a write'],
    confidence: 'low',
    bytesPerS: 200e6,
    latency: lognormal(4000, 0.4, 0.002, 20, 100),
  },
  {
    ...common,
    name: 'nfs',
    title: 'NFS, a server with NVRAM',
    sources: ['serverdevworker.com: spikes of 5 s between 23 ms on ESXi; the body is assumed'],
    confidence: 'low',
    bytesPerS: 100e6,
    latency: lognormal(3000, 0.6, 0.0005, 1000, 5000),
  },
];

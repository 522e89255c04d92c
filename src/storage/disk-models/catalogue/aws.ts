/** Amazon EBS and instance stores. */
import { flatLimit, lognormal, type DiskModel, type LimitModel } from '../model.ts';

const EC2_GUIDE = 'AWS EC2 user guide, "General Purpose SSD volumes" and "Provisioned IOPS SSD volumes"';
const GP_MEASURED =
  'besthub.dev, "Why upgrading EBS volumes boosted etcd write performance": fio 2,300 B on m6i.xlarge';
const MIB = 1 << 20;

/** Device writes per fdatasync of a growing file, counted on gp3 in that measurement. */
export const WRITES_PER_SYNC = 2.13;

/**
 * gp2 of a size: 3 IOPS a GiB (at least 100), 3,000 while the bucket of 5.4 million credits lasts, to which it refills at
 * the baseline; no burst from 1,000 GiB on.
 */
export function gp2(sizeGiB: number): DiskModel {
  const baseline = Math.min(16_000, Math.max(100, 3 * sizeGiB));
  const writes: LimitModel =
    baseline >= 3000
      ? flatLimit('writes', baseline)
      : { unit: 'writes', baselinePerS: baseline, burstPerS: 3000, credits: 5_400_000 };
  const throughput = sizeGiB <= 170 ? 128 : 250;
  return {
    name: `gp2:${sizeGiB}GiB`,
    title: `EBS gp2, ${sizeGiB} GiB, credits full at the start`,
    asOf: '2024-06',
    sources: [EC2_GUIDE, GP_MEASURED],
    confidence: 'medium',
    writesPerSync: WRITES_PER_SYNC,
    bytesPerS: throughput * MIB,
    latency: lognormal(1300, 0.31, 0.001, 5, 10),
    limits: [writes, flatLimit('bytes', throughput * MIB)],
  };
}

export function gp3(iops: number): DiskModel {
  const throughput = 125;
  return {
    name: iops === 3000 ? 'gp3' : `gp3:${iops}iops`,
    title: `EBS gp3, ${iops.toLocaleString('en')} IOPS, a quiet volume`,
    asOf: '2024-06',
    sources: [EC2_GUIDE, GP_MEASURED],
    confidence: 'medium',
    note: 'on shared hardware a p99 of 4 ms was seen: plan with gp3-busy',
    writesPerSync: WRITES_PER_SYNC,
    bytesPerS: throughput * MIB,
    latency: lognormal(660, 0.33, 0.001, 3, 6),
    limits: [flatLimit('writes', iops), flatLimit('bytes', throughput * MIB)],
  };
}

const GP3_BUSY: DiskModel = {
  ...gp3(3000),
  name: 'gp3-busy',
  title: 'EBS gp3 as a root volume with other work on it',
  sources: [EC2_GUIDE, '"OCP on AWS: using instance disks": etcd-perf p99 4.05 ms on gp3'],
  latency: lognormal(800, 0.7, 0.001, 5, 20),
};

export function provisioned(kind: 'io1' | 'io2', iops: number): DiskModel {
  const blockExpress = kind === 'io2';
  const throughput = blockExpress ? Math.min(4000, iops * 0.256) : Math.min(500, iops * 0.25);
  return {
    name: iops === 3000 ? kind : `${kind}:${iops}iops`,
    title: `EBS ${kind}${blockExpress ? ' Block Express' : ''}, ${iops.toLocaleString('en')} IOPS`,
    asOf: '2025-04',
    sources: [EC2_GUIDE, 'AWS, "Amazon EBS optimization": under 500 µs at 16 KiB for io2 Block Express'],
    confidence: 'low',
    note: 'a promise turned into a figure: a plan, not evidence',
    writesPerSync: WRITES_PER_SYNC,
    bytesPerS: Math.max(16, throughput) * MIB,
    latency: blockExpress ? lognormal(600, 0.25, 0.0001, 2, 5) : lognormal(800, 0.7, 0.001, 5, 20),
    limits: [flatLimit('writes', iops), flatLimit('bytes', Math.max(16, throughput) * MIB)],
  };
}

const INSTANCE_STORE: DiskModel = {
  name: 'instance-nvme',
  title: 'Instance store or Local SSD (NVMe)',
  asOf: '2024-06',
  sources: ['"OCP on AWS: using instance disks": etcd-perf p99 0.204 ms', 'lni/fsyncperf: 182 µs at about 62 KB'],
  confidence: 'medium',
  note: 'gone when the machine is: fit for members that are replaced, not restarted',
  writesPerSync: WRITES_PER_SYNC,
  bytesPerS: 500e6,
  latency: lognormal(80, 0.4, 0.0001, 1, 5),
  limits: [],
};

export const AWS_MODELS: readonly DiskModel[] = [
  gp2(100),
  gp3(3000),
  GP3_BUSY,
  provisioned('io1', 3000),
  provisioned('io2', 3000),
  INSTANCE_STORE,
];

/** Google's Persistent Disk and Hyperdisk, and Azure's managed disks: limits as published, latencies from promises. */
import { flatLimit, lognormal, type DiskModel } from '../model.ts';
import { WRITES_PER_SYNC } from './aws.ts';

const GOOGLE = 'Google Cloud, "Configure disks to meet performance requirements"';
const AZURE_TYPES = 'Microsoft, azure-compute-docs, disks-types.md';
const AZURE_PREMIUM = 'Microsoft, azure-docs, disk-storage-premium-ssd-sizes.md and managed-disks-bursting.md';
const PROMISE = 'a promise turned into a figure: a plan, not evidence';

const FLAT_BASELINE = `${PROMISE}; the flat part of the write limit is commonly quoted, not verified`;
const MIB = 1 << 20;

const common = { confidence: 'low', note: PROMISE, writesPerSync: WRITES_PER_SYNC } as const;

function persistentDisk(name: string, title: string, writesPerS: number, bytesPerS: number): DiskModel {
  return {
    ...common,
    name,
    title,
    asOf: '2024-06',
    sources: [GOOGLE],
    bytesPerS,
    latency: lognormal(1200, 0.4, 0.001, 5, 20),
    limits: [flatLimit('writes', writesPerS), flatLimit('bytes', bytesPerS)],
  };
}

interface PremiumSize {
  readonly name: string;
  readonly baseline: number;
  readonly megabytesPerS: number;
}

/** 30 minutes of burst from a full bucket; IOPS and bandwidth have buckets of their own. */
function azurePremium({ name, baseline, megabytesPerS }: PremiumSize): DiskModel {
  const burstS = 1800;
  return {
    ...common,
    name: `azure-${name}`,
    title: `Azure Premium SSD ${name.toUpperCase()}, credits full at the start`,
    asOf: '2023-10',
    sources: [AZURE_PREMIUM, AZURE_TYPES],
    bytesPerS: 170e6,
    latency: lognormal(4000, 0.45, 0.002, 20, 60),
    limits: [
      { unit: 'writes', baselinePerS: baseline, burstPerS: 3500, credits: (3500 - baseline) * burstS },
      {
        unit: 'bytes',
        baselinePerS: megabytesPerS * 1e6,
        burstPerS: 170e6,
        credits: (170 - megabytesPerS) * 1e6 * burstS,
      },
    ],
  };
}

export const GOOGLE_MODELS: readonly DiskModel[] = [
  { ...persistentDisk('pd-ssd', 'Persistent Disk SSD, 100 GiB', 6000, 48 * MIB), note: FLAT_BASELINE },
  { ...persistentDisk('pd-balanced', 'Persistent Disk balanced, 100 GiB', 3000, 28 * MIB), note: FLAT_BASELINE },
  persistentDisk('hyperdisk-balanced', 'Hyperdisk Balanced, 3,000 IOPS', 3000, 140 * MIB),
  {
    ...persistentDisk('pd-standard', 'Persistent Disk standard (HDD), 100 GiB', 150, 12 * MIB),
    latency: lognormal(24_000, 0.45, 0.001, 100, 250),
  },
];

export const AZURE_MODELS: readonly DiskModel[] = [
  ...[
    { name: 'p4', baseline: 120, megabytesPerS: 25 },
    { name: 'p6', baseline: 240, megabytesPerS: 50 },
    { name: 'p10', baseline: 500, megabytesPerS: 100 },
    { name: 'p15', baseline: 1100, megabytesPerS: 125 },
    { name: 'p20', baseline: 2300, megabytesPerS: 150 },
  ].map(azurePremium),
  {
    ...persistentDisk('azure-premium-v2', 'Azure Premium SSD v2, 3,000 IOPS', 3000, 125e6),
    sources: [AZURE_TYPES],
    asOf: '2024-08',
    latency: lognormal(1100, 0.4, 0.001, 5, 20),
  },
  {
    ...persistentDisk('azure-standard-ssd', 'Azure Standard SSD E10', 500, 60e6),
    sources: ['Microsoft, azure-docs, disk-storage-standard-ssd-sizes.md', AZURE_TYPES],
    asOf: '2019-11',
    latency: lognormal(8000, 0.5, 0.005, 50, 100),
  },
];

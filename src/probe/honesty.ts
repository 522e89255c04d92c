/**
 * What makes a measured latency mean less than it says. Each flag names the effect on the verdict: most only warn, some
 * turn a pass into inconclusive, because a sync that may not have been one proves nothing; a starved processor does the same to
 * a fail, because then the disk may not be what was slow.
 *
 * Thresholds: public tools take less than 10 µs as implausible for any flash, and drives with power-loss protection sync in
 * 12–58 µs; the smallest sync seen on gp3 was 327 µs, of which half is taken as the floor for network disks; a 7,200 rpm
 * disk needs 8.3 ms a turn, of which half.
 */
import type { Verdict } from '../core/run/index.ts';
import type { DiskCounters, LiveEtcd, VolumeFacts } from './facts/index.ts';

export interface Flag {
  readonly code: string;
  readonly text: string;
  /** Whether a pass may stand beside it. */
  readonly allowsPass: boolean;
  /** Whether a fail may stand beside it. */
  readonly allowsFail: boolean;
}

export interface HonestyLimits {
  readonly implausibleUs: number;
  readonly fastUs: number;
  readonly networkFloorUs: number;
  readonly rotationalFloorUs: number;
  /** Flushes per sync below which the flushes did not reach the device. */
  readonly flushesPerSync: number;
  readonly busyShare: number;
  readonly busyWritesPerS: number;
  readonly cpuWaitShare: number;
  /** Clock steps may be this share of the median. */
  readonly clockShare: number;
}

export const HONESTY_LIMITS: HonestyLimits = {
  implausibleUs: 10,
  fastUs: 100,
  networkFloorUs: 150,
  rotationalFloorUs: 4000,
  flushesPerSync: 0.1,
  busyShare: 0.1,
  busyWritesPerS: 50,
  cpuWaitShare: 0.05,
  clockShare: 0.1,
};

export interface Observed {
  readonly facts: VolumeFacts;
  readonly samples: number;
  /** Whether the p99 has an upper bound at all. */
  readonly bounded: boolean;
  readonly medianUs: number | undefined;
  readonly clockStepUs: number;
  /** Share of the time that the measuring thread was ready and no processor was free. */
  readonly cpuWaitShare: number | undefined;
  readonly zeroFilled: boolean;
  readonly sparse: boolean;
  readonly during: DiskCounters | undefined;
  readonly syncs: number;
  readonly before: { readonly busyShare: number; readonly writesPerS: number } | undefined;
  readonly live: LiveEtcd | undefined;
}

export function honestyFlags(observed: Observed, limits: HonestyLimits = HONESTY_LIMITS): Flag[] {
  return [
    ...filesystemFlags(observed.facts),
    ...latencyFlags(observed, limits),
    ...cacheFlags(observed, limits),
    ...methodFlags(observed, limits),
    ...hostFlags(observed),
  ];
}

/** The verdict that may stand beside the flags. */
export function honestVerdict(verdict: Verdict, flags: readonly Flag[]): Verdict {
  const forbidden = flags.some(
    (flag) => (verdict === 'pass' && !flag.allowsPass) || (verdict === 'fail' && !flag.allowsFail),
  );
  return forbidden ? 'inconclusive' : verdict;
}

const warn = (code: string, text: string): Flag => ({ code, text, allowsPass: true, allowsFail: true });
const forbid = (code: string, text: string): Flag => ({
  code,
  text: `${text} A pass counts as inconclusive.`,
  allowsPass: false,
  allowsFail: true,
});

function filesystemFlags({ class: volume, mount, stack }: VolumeFacts): Flag[] {
  const flags: Flag[] = [];
  if (volume.storage === 'memory') {
    flags.push(forbid('memory', `${volume.name} keeps its data in memory: nothing here survives a restart.`));
  }
  if (volume.name === 'overlay') {
    flags.push(
      forbid('overlay', 'The path lies on a container’s overlay: probe the volume that etcd’s data will be on.'),
    );
  }
  if (mount !== undefined && /^(nfs|cifs|smb|9p|virtiofs|fuse|ceph|glusterfs|lustre)/.test(mount.filesystem)) {
    flags.push(
      forbid(
        'network-filesystem',
        `On ${mount.filesystem} a sync is worth what the server makes of it; etcd advises against it.`,
      ),
    );
  }
  if (volume.name === 'loop') {
    flags.push(warn('loop', `A loop device over ${volume.note ?? 'a file'}: the latency is of two filesystems.`));
  }
  if (mount?.options.some((option) => option === 'nobarrier' || option === 'barrier=0') === true) {
    flags.push(
      forbid('no-barrier', 'The filesystem is mounted without barriers: a sync does not flush the disk’s cache.'),
    );
  }
  if (stack.some((layer) => /\(md raid[56]\)/.test(layer))) {
    flags.push(warn('parity-raid', 'A parity RAID reads and writes parity for every small sync.'));
  }
  return flags;
}

function latencyFlags({ facts, medianUs }: Observed, limits: HonestyLimits): Flag[] {
  if (medianUs === undefined) return [];
  const median = `a median sync of ${medianUs.toFixed(0)} µs`;
  const { storage } = facts.class;
  if (medianUs < limits.implausibleUs && storage !== 'memory') {
    return [forbid('implausible', `No flash syncs this fast: ${median} says that no sync reached a device.`)];
  }
  if (storage === 'network' && medianUs < limits.networkFloorUs) {
    return [forbid('too-fast', `Too fast for ${facts.class.name} over a network: ${median} comes from a cache.`)];
  }
  const flags: Flag[] = [];
  const writeBack = facts.disks.some((disk) => disk.writeCache === 'write back');
  if (medianUs < limits.fastUs && writeBack) {
    const text = `It has ${median} behind a write-back cache: true of drives with power-loss protection, else the cache is volatile.`;
    flags.push(warn('fast-cache', text));
  }
  if (facts.disks.some((disk) => disk.rotational === true) && medianUs < limits.rotationalFloorUs) {
    const text = `The disk calls itself rotational, yet ${median} is below half a turn: a cache answers, or a virtual disk says it wrongly.`;
    flags.push(warn('rotational', text));
  }
  return flags;
}

function cacheFlags({ facts, during, syncs }: Observed, limits: HonestyLimits): Flag[] {
  const flags: Flag[] = [];
  const writeBack = facts.disks.some((disk) => disk.writeCache === 'write back');
  const flushes = during?.flushes;
  if (writeBack && flushes !== undefined && syncs > 0 && flushes < limits.flushesPerSync * syncs) {
    const text = `The disk has a volatile write cache, yet the kernel counted ${flushes} flushes over ${syncs} syncs.`;
    flags.push(forbid('no-flush', text));
  }
  if (facts.class.storage === 'virtual') {
    const text = `${facts.class.name}: ${facts.class.note ?? 'a virtual disk'}; whether the host keeps what it acknowledges cannot be seen from here.`;
    flags.push(warn('virtual-disk', text));
  }
  return flags;
}

function methodFlags(observed: Observed, limits: HonestyLimits): Flag[] {
  const { samples, bounded, clockStepUs, medianUs, zeroFilled, sparse, before, facts } = observed;
  const flags: Flag[] = [];
  if (!bounded) flags.push(warn('too-few-samples', `${samples} samples are too few to bound a p99 from above.`));
  if (medianUs !== undefined && clockStepUs > limits.clockShare * medianUs) {
    flags.push(
      forbid('coarse-clock', `The clock moves in steps of ${clockStepUs.toFixed(1)} µs, too coarse for such syncs.`),
    );
  }
  if (sparse) flags.push(forbid('sparse', 'The file got no space ahead, so every sync also allocates, unlike etcd’s.'));
  if (zeroFilled) {
    const text =
      'fallocate was not to be had, so the file was filled with zeros: syncs that overwrite are faster than etcd’s first writes.';
    flags.push(warn('zero-filled', text));
  }
  if (before !== undefined && (before.busyShare > limits.busyShare || before.writesPerS > limits.busyWritesPerS)) {
    const text = `The disk was ${(before.busyShare * 100).toFixed(0)} % busy with ${before.writesPerS.toFixed(0)} writes/s before the probe began: the figures include that load.`;
    flags.push(warn('busy-device', text));
  }
  if (observed.cpuWaitShare !== undefined && observed.cpuWaitShare > limits.cpuWaitShare) {
    const text = `The measuring thread waited for a processor ${(observed.cpuWaitShare * 100).toFixed(0)} % of the time: the syncs were shorter than their figures, and the CPU is what is short. A fail counts as inconclusive.`;
    flags.push({ ...warn('cpu-wait', text), allowsFail: false });
  }
  for (const limit of facts.limits) {
    const caps = [
      limit.writesPerS === undefined ? '' : `${limit.writesPerS} writes/s`,
      limit.writeBytesPerS === undefined ? '' : `${(limit.writeBytesPerS / 1e6).toFixed(1)} MB/s`,
    ];
    const text = `The cgroup ${limit.cgroup} limits writes to ${caps.filter((cap) => cap !== '').join(' and ')}: the result is about that limit.`;
    flags.push(warn('cgroup-limit', text));
  }
  return flags;
}

function hostFlags({ facts: { host }, live }: Observed): Flag[] {
  const flags: Flag[] = [];
  if (live !== undefined)
    flags.push(warn('live-etcd', `A live etcd shares the device (${live.evidence}); its load is part of the figures.`));
  if (host.swapBytes > 0)
    flags.push(
      warn('swap', `Swap is on (${(host.swapBytes / 1e9).toFixed(1)} GB): a member that is swapped misses heartbeats.`),
    );
  if (host.transparentHugePages === 'always') {
    flags.push(
      warn(
        'huge-pages',
        'Transparent huge pages are set to always: compaction of memory can stall a member; madvise is safe.',
      ),
    );
  }
  if (host.cpuGovernor !== undefined && host.cpuGovernor !== 'performance') {
    flags.push(
      warn(
        'cpu-governor',
        `The CPU governor is ${host.cpuGovernor}: cores that sleep answer late; performance does not.`,
      ),
    );
  }
  return flags;
}

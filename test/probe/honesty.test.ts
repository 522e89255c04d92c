import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordedTree, type RecordedTree } from '../../src/probe/facts/tree.ts';
import { volumeFacts } from '../../src/probe/facts/volume.ts';
import { honestVerdict, honestyFlags, HONESTY_LIMITS, type Observed } from '../../src/probe/honesty.ts';

function facts(name: string) {
  const url = new URL(`fixtures/${name}.json`, import.meta.url);
  const tree = JSON.parse(readFileSync(url, 'utf8')) as RecordedTree;
  return volumeFacts(recordedTree(tree), tree.path);
}

const counters = { reads: 0, readBytes: 0, writes: 2000, writtenBytes: 8e6, busyMs: 900, flushes: 1000 };

function observed(name: string, changes: Partial<Observed> = {}): Observed {
  return {
    facts: facts(name),
    samples: 1000,
    bounded: true,
    medianUs: 900,
    clockStepUs: 0.05,
    cpuWaitShare: 0,
    zeroFilled: false,
    sparse: false,
    during: counters,
    syncs: 1000,
    before: { busyShare: 0, writesPerS: 0 },
    live: undefined,
    ...changes,
  };
}

const codes = (name: string, changes?: Partial<Observed>) =>
  honestyFlags(observed(name, changes)).map((flag) => flag.code);
const passes = (name: string, changes?: Partial<Observed>) =>
  honestVerdict('pass', honestyFlags(observed(name, changes))) === 'pass';

describe('honesty flags', () => {
  it('say nothing about an honest disk', () => {
    expect(codes('aws-nitro-ebs')).toEqual([]);
    expect(codes('sata-ssd')).toEqual([]);
  });

  it.each([
    ['tmpfs', 'memory', { medianUs: 2 }],
    ['docker-overlay', 'overlay', {}],
    ['nfs', 'network-filesystem', {}],
    ['nvme-luks-lvm', 'no-barrier', {}],
    ['sata-ssd', 'implausible', { medianUs: 5 }],
    ['aws-nitro-ebs', 'too-fast', { medianUs: 120 }],
    ['sata-ssd', 'no-flush', { during: { ...counters, flushes: 3 } }],
    ['sata-ssd', 'coarse-clock', { clockStepUs: 1000 }],
    ['sata-ssd', 'sparse', { sparse: true }],
  ] as const)('%s: %s turns a pass into inconclusive', (name, code, changes) => {
    expect(codes(name, changes)).toContain(code);
    expect(passes(name, changes)).toBe(false);
  });

  it.each([
    ['loop-file', 'loop', {}],
    ['cgroup-v1', 'cgroup-limit', {}],
    ['cgroup-v1', 'virtual-disk', {}],
    ['md-raid1-hdd', 'rotational', { medianUs: 300 }],
    ['sata-ssd', 'fast-cache', { medianUs: 50 }],
    ['sata-ssd', 'too-few-samples', { bounded: false }],
    ['sata-ssd', 'busy-device', { before: { busyShare: 0.5, writesPerS: 3 } }],
    ['sata-ssd', 'busy-device', { before: { busyShare: 0, writesPerS: 300 } }],
    ['sata-ssd', 'cpu-wait', { cpuWaitShare: 0.3 }],
    ['sata-ssd', 'zero-filled', { zeroFilled: true }],
    ['sata-ssd', 'live-etcd', { live: { evidence: 'process 7' } }],
  ] as const)('%s: %s warns, and lets a pass stand', (name, code, changes) => {
    expect(codes(name, changes)).toContain(code);
    expect(passes(name, changes)).toBe(true);
  });

  it('warn of swap, huge pages and a sleepy governor', () => {
    expect(codes('nvme-luks-lvm')).toEqual(expect.arrayContaining(['swap', 'huge-pages', 'cpu-governor']));
  });

  it('do not ask a write-through disk for flushes, nor an old kernel', () => {
    expect(codes('vmware-thin', { during: { ...counters, flushes: 0 } })).not.toContain('no-flush');
    expect(codes('sata-ssd', { during: { ...counters, flushes: undefined } })).not.toContain('no-flush');
  });

  it('of a starved processor leaves no fail', () => {
    expect(honestVerdict('fail', honestyFlags(observed('sata-ssd', { cpuWaitShare: 0.3 })))).toBe('inconclusive');
  });

  it('of other kinds never soften a fail, and follow other limits', () => {
    const flags = honestyFlags(observed('tmpfs'));
    expect(honestVerdict('fail', flags)).toBe('fail');
    expect(honestyFlags(observed('sata-ssd'), { ...HONESTY_LIMITS, implausibleUs: 2000 })[0]?.code).toBe('implausible');
  });
});

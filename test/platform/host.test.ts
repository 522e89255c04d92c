import { describe, expect, it } from 'vitest';
import { EnvironmentSchema } from '../../src/core/run/environment.ts';
import { cgroupLimits, hostFacts } from '../../src/platform/host.ts';
import { processFigures } from '../../src/platform/process-figures.ts';

const GIB = 2 ** 30;
const files = (tree: Record<string, string>) => (path: string) => tree[path];

describe('the facts of the host', () => {
  it('fit into a Run', () => {
    expect(() => EnvironmentSchema.parse({ etcdmark: '0.1.0', ...hostFacts() })).not.toThrow();
  });

  it('name the virtual machine only where there is one', () => {
    const flags = (more: string) => ({ '/proc/cpuinfo': `processor\t: 0\nflags\t\t: fpu vme ${more}\n` });
    expect(hostFacts(files(flags(''))).virtualization).toBeNull();
    expect(hostFacts(files(flags('hypervisor'))).virtualization).toBe('hypervisor');
    const cloud = { '/sys/class/dmi/id/sys_vendor': 'Amazon EC2\n', '/sys/class/dmi/id/product_name': 'm6i.large\n' };
    expect(hostFacts(files({ ...flags('hypervisor'), ...cloud })).virtualization).toBe('Amazon EC2 m6i.large');
  });
});

describe('cgroup limits', () => {
  it('are the tightest of all groups above the process', () => {
    const read = files({
      '/proc/self/cgroup': '0::/kubepods/pod1/c1\n',
      '/sys/fs/cgroup/kubepods/pod1/c1/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/kubepods/pod1/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/kubepods/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/kubepods/pod1/c1/memory.max': `${2 * GIB}\n`,
      '/sys/fs/cgroup/kubepods/pod1/memory.max': 'max\n',
      '/sys/fs/cgroup/kubepods/memory.max': `${GIB}\n`,
    });
    expect(cgroupLimits(read, 8 * GIB)).toEqual({ cpuLimit: 1.5, memoryLimitBytes: GIB });
  });

  it('are read from the older hierarchy', () => {
    const read = files({
      '/proc/self/cgroup': '5:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n1:name=systemd:/y\n',
      '/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu/docker/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes': `${GIB}\n`,
      // How that hierarchy says that there is no limit.
      '/sys/fs/cgroup/memory/docker/memory.limit_in_bytes': '9223372036854771712\n',
    });
    expect(cgroupLimits(read, 8 * GIB)).toEqual({ cpuLimit: 0.5, memoryLimitBytes: GIB });
  });

  it('are null where nothing binds tighter than the machine', () => {
    const none = { cpuLimit: null, memoryLimitBytes: null };
    expect(cgroupLimits(files({}), GIB)).toEqual(none);
    const roomy = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': `${4 * GIB}\n` };
    expect(cgroupLimits(files(roomy), GIB)).toEqual(none);
  });
});

describe('the figures of a process', () => {
  it('are those the kernel keeps', () => {
    const before = processFigures(process.pid);
    const used = process.resourceUsage();
    expect(before.residentBytes).toBeGreaterThan(10 << 20);
    expect(before.peakResidentBytes).toBeGreaterThanOrEqual(before.residentBytes);
    // The kernel rounds to hundredths of a second, user and system time each.
    const seconds = (used.userCPUTime + used.systemCPUTime) / 1e6;
    expect(before.cpuSeconds).toBeGreaterThan(seconds - 0.5);
    expect(before.cpuSeconds).toBeLessThan(seconds + 0.5);
    expect(before.writtenBytes).toBeGreaterThanOrEqual(0);
  });

  it('of a process that is gone are refused', () => {
    // Above the highest process id that Linux allows.
    expect(() => processFigures(4_194_305)).toThrow('no process 4194305 is running');
  });
});

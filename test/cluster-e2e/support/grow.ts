/** A cluster grown by the real procedure: `etcdctl member add`, then a member started with what that printed. */
import { expect } from 'vitest';
import { freePorts } from '../../../src/cluster/ports.ts';
import { until } from './until.ts';
import { ready, type BenchMember, type MemberOptions, type Workbench } from './workbench.ts';

export interface Grown {
  readonly member: BenchMember;
  /** As etcdctl prints it, hexadecimal. */
  readonly id: string;
}

/** Adds a member and starts it; it serves when this resolves. */
export async function grow(
  bench: Workbench,
  members: readonly BenchMember[],
  name: string,
  { learner = false, ...options }: MemberOptions & { learner?: boolean } = {},
): Promise<Grown> {
  const { id, member } = await addMember(bench, members, name, { learner, ...options });
  member.process.start();
  await ready(member);
  return { member, id };
}

/** Adds a member without starting it. */
export async function addMember(
  bench: Workbench,
  members: readonly BenchMember[],
  name: string,
  { learner = false, ...options }: MemberOptions & { learner?: boolean } = {},
): Promise<Grown> {
  const ports = (await freePorts(2)) as [number, number];
  const url = `http://127.0.0.1:${ports[1]}`;
  const args = ['member', 'add', name, `--peer-urls=${url}`, ...(learner ? ['--learner'] : [])];
  // Shortly after a change not every member is connected long enough to count as healthy.
  const stdout = await until(`${name} is added`, async () => {
    const result = await bench.ctl(members, args);
    if (result.code === 0) return result.stdout;
    if (/Peer URLs already exists/.test(result.stderr)) {
      // It was, although the answer was lost, and only the answer tells what it is to be started with: once more.
      const added = (await listMembers(bench, members)).find(({ peerUrls }) => peerUrls === url);
      if (added !== undefined) await bench.ctl(members, ['member', 'remove', added.id]);
      return undefined;
    }
    expect(result.stderr).toMatch(/unhealthy cluster|not enough started|too many learner|leader changed|timed out/);
    return undefined;
  });
  const id = /^Member +([0-9a-f]{1,16}) added (?:as learner )?to cluster +[0-9a-f]+$/m.exec(stdout)?.[1] ?? '';
  const cluster = /^ETCD_INITIAL_CLUSTER="(.*)"$/m.exec(stdout)?.[1] ?? '';
  expect(stdout).toContain('ETCD_INITIAL_CLUSTER_STATE="existing"');
  expect(stdout).toContain(`ETCD_NAME="${name}"`);
  const flags = [...(options.flags ?? []), '--initial-cluster-state=existing'];
  return { member: bench.plan(name, ports, cluster, { ...options, flags }), id };
}

/** `member list` as rows of its simple output. */
export async function listMembers(
  bench: Workbench,
  members: readonly BenchMember[],
): Promise<{ id: string; status: string; name: string; peerUrls: string; isLearner: string }[]> {
  const { stdout, stderr, code } = await bench.ctl(members, ['member', 'list']);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', status = '', name = '', peerUrls = '', , isLearner = ''] = line.split(', ');
      return { id, status, name, peerUrls, isLearner };
    });
}

export async function idOf(bench: Workbench, members: readonly BenchMember[], name: string): Promise<string> {
  const found = (await listMembers(bench, members)).find((row) => row.name === name);
  if (found === undefined) throw new Error(`no member ${name}`);
  return found.id;
}

/** A cluster on three machines (network namespaces), the leader's cable pulled: who may answer what, and what is left after. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPeers } from '../support/peers.ts';
import { runEtcdctl, type CtlResult } from './support/etcdctl.ts';
import { canMakeNamespaces, Machines } from './support/namespaces.ts';
import type { ServerProcess } from './support/server-process.ts';
import { until } from './support/until.ts';
import { Workbench } from './support/workbench.ts';

let bench: Workbench;
let machines: Machines;
beforeEach(() => {
  bench = new Workbench();
  machines = new Machines(3);
});
afterEach(async () => {
  await bench.close();
  machines.close();
});

const ALL = [0, 1, 2];

describeWithPeers(['etcdctl'], 'a cluster whose network is cut', () => {
  it.skipIf(!canMakeNamespaces())('answers on the side of the majority only, and is one again afterwards', async () => {
    await startAll();
    expect((await ctl(0, 'put', 'key', 'before')).stdout).toBe('OK\n');
    const leader = await until('one leads', async () => {
      for (const i of ALL) if (await leads(i)) return i + 1;
      return undefined;
    }).then((found) => found - 1);
    const [other] = ALL.filter((i) => i !== leader) as [number];

    machines.pullCable(leader);
    // Both are asked at once, when the old leader may still believe in itself.
    const [write, read] = await Promise.all([ctl(leader, 'put', 'key', 'minority'), ctl(leader, 'get', 'key')]);
    for (const { code, stdout } of [write, read]) expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect((await ctl(leader, 'get', 'key', '--consistency=s')).stdout).toBe('key\nbefore\n');
    await until('the majority writes', async () => (await ctl(other, 'put', 'key', 'majority')).stdout === 'OK\n');
    expect((await ctl(other, 'get', 'key')).stdout).toBe('key\nmajority\n');
    expect((await ctl(leader, 'get', 'key', '--consistency=s')).stdout).toBe('key\nbefore\n');
    expect((await ctl(leader, 'get', 'key')).code).toBe(1);

    machines.plugIn(leader);
    await until('the minority is back', async () => (await ctl(leader, 'get', 'key')).stdout === 'key\nmajority\n');
    expect((await ctl(leader, 'put', 'key', 'after')).stdout).toBe('OK\n');
    const hashes = await until('all have the last write', async () => {
      const found = await Promise.all(ALL.map(async (i) => (await ctl(i, 'endpoint', 'hashkv')).stdout.split(', ')[1]));
      return new Set(found).size === 1 && found;
    });
    expect(hashes[0]).toMatch(/^\d+\n$/);
    for (const i of ALL) expect((await ctl(i, 'get', 'key', '--consistency=s')).stdout).toBe('key\nafter\n');
  });

  async function startAll(): Promise<ServerProcess[]> {
    const cluster = ALL.map((i) => `m${i}=http://${machines.address(i)}:2380`).join(',');
    const members = ALL.map((i) =>
      bench.spawnable(
        [
          `--name=m${i}`,
          `--data-dir=${join(bench.root, `m${i}`)}`,
          '--listen-client-urls=http://127.0.0.1:2379',
          '--advertise-client-urls=http://127.0.0.1:2379',
          `--listen-peer-urls=http://${machines.address(i)}:2380`,
          `--initial-advertise-peer-urls=http://${machines.address(i)}:2380`,
          `--initial-cluster=${cluster}`,
        ],
        { wrapper: machines.on(i) },
      ),
    );
    for (const member of members) member.start();
    await Promise.all(members.map((member) => member.waitForLine(/ready to serve client requests/, 60_000)));
    return members;
  }

  function ctl(i: number, ...args: string[]): Promise<CtlResult> {
    return runEtcdctl(['--endpoints=127.0.0.1:2379', '--command-timeout=3s', ...args], { wrapper: machines.on(i) });
  }

  async function leads(i: number): Promise<boolean> {
    const { stdout } = await ctl(i, 'endpoint', 'status');
    return stdout.split(', ')[4] === 'true';
  }
});

/** The drill for a lost quorum: two of three data directories are gone, the survivor makes a new cluster and grows again. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPeers } from '../support/peers.ts';
import { grow, listMembers } from './support/grow.ts';
import { hashesOf } from './support/hashes.ts';
import { lostWrites, WriteLoad } from './support/load.ts';
import { until } from './support/until.ts';
import { ready, Workbench, type BenchMember } from './support/workbench.ts';

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

describeWithPeers(['etcdctl'], 'a cluster that lost its quorum for good', () => {
  it('lives on from the survivor by --force-new-cluster', async () => {
    const [survivor, ...others] = (await bench.cluster(3)) as [BenchMember, BenchMember, BenchMember];
    const all = [survivor, ...others];
    const load = new WriteLoad(() => all.map(({ endpoint }) => endpoint), 6);
    await until('writes are acknowledged', () => load.acknowledged.length >= 100);
    await load.stop();
    // What the survivor lacks is lost in this drill, so it is let to have everything.
    expect(await lostWrites(survivor.endpoint, load.acknowledged)).toEqual([]);
    for (const other of others) {
      await other.process.kill();
      rmSync(other.dataDir, { recursive: true });
    }
    const stuck = await bench.ctl([survivor], ['--command-timeout=2s', 'put', 'a', 'b']);
    expect(stuck).toMatchObject({ code: 1, stdout: '' });
    await survivor.process.terminate();

    const { process } = survivor;
    const ordinary = process.args;
    process.args = [...ordinary, '--force-new-cluster'];
    process.start();
    await ready(survivor);
    expect((await listMembers(bench, [survivor])).map(({ name }) => name)).toEqual([survivor.name]);
    expect((await bench.ctl([survivor], ['put', 'a', 'b'])).stdout).toBe('OK\n');
    // The flag is for one start only.
    await process.terminate();
    process.args = ordinary;
    process.start();
    await ready(survivor);

    const members = [survivor];
    for (const name of ['n2', 'n3']) members.push((await grow(bench, members, name)).member);
    expect(await listMembers(bench, members)).toHaveLength(3);
    for (const { endpoint } of members) expect(await lostWrites(endpoint, load.acknowledged)).toEqual([]);
    expect(new Set(await hashesOf(members.map(({ endpoint }) => endpoint))).size).toBe(1);
  });
});

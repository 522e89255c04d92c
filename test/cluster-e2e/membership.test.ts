/** The cluster grows and shrinks by the real etcdctl, under load. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePorts } from '../../src/cluster/ports.ts';
import { describeWithPeers } from '../support/peers.ts';
import { addMember, grow, idOf, listMembers } from './support/grow.ts';
import { hashesOf } from './support/hashes.ts';
import { leaderOf } from './support/leader.ts';
import { lostWrites, WriteLoad } from './support/load.ts';
import { until } from './support/until.ts';
import { ready, Workbench, type BenchMember } from './support/workbench.ts';

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

const NOT_ENOUGH = 'etcdserver: re-configuration failed due to not enough started members';

describeWithPeers(['etcdctl'], 'a cluster that etcdctl changes', () => {
  it('grows from one member to five under load and shrinks again, losing nothing', async () => {
    const members = [await bench.member()];
    const load = new WriteLoad(() => members.map(({ endpoint }) => endpoint), 6);
    const written = async (): Promise<void> => {
      const target = load.acknowledged.length + 20;
      await until('writes go on', () => load.acknowledged.length >= target);
    };
    await written();
    for (const name of ['m2', 'm3', 'm4', 'm5']) {
      members.push((await grow(bench, members, name)).member);
      await written();
    }
    expect((await listMembers(bench, members)).map(({ status }) => status)).toEqual(Array(5).fill('started'));
    const statuses = await bench.ctl(members, ['endpoint', 'status']);
    expect(statuses.stdout.trim().split('\n')).toHaveLength(5);

    while (members.length > 1) {
      // The leader too is removed once: the third one.
      const victim = members.length === 3 ? await leaderOf(members) : members.at(-1)!;
      const id = await idOf(bench, members, victim.name);
      const rest = members.filter((member) => member !== victim);
      await until(`${victim.name} is removed`, async () => {
        const { code, stdout, stderr } = await bench.ctl(rest, ['member', 'remove', id]);
        if (code === 0) expect(stdout).toMatch(new RegExp(`^Member +${id} removed from cluster +[0-9a-f]{1,16}\n$`));
        // Not every member has been connected for long enough yet; or it went although the answer was lost.
        else expect(stderr).toMatch(/unhealthy cluster|not found|leader changed|timed out/);
        return code === 0 || /not found/.test(stderr);
      });
      members.splice(members.indexOf(victim), 1);
      // It stops by itself, as etcd does.
      expect(await victim.process.ended(60_000)).toEqual({ code: 0, signal: null });
      expect(victim.process.log).toContain('permanently removed from the cluster');
      await written();
    }
    await load.stop();
    expect(load.violations).toEqual([]);
    expect(await lostWrites(members[0]!.endpoint, load.acknowledged)).toEqual([]);
    expect(await listMembers(bench, members)).toHaveLength(1);
  });

  it('takes a learner in, which does not vote until it is promoted', async () => {
    const members = await bench.cluster(1);
    const { member: learner, id } = await grow(bench, members, 'm2', { learner: true });
    expect((await listMembers(bench, members)).find((row) => row.id === id)).toMatchObject({ isLearner: 'true' });
    expect(await metricsOf(learner)).toContain('\netcd_server_is_learner 1\n');
    const own = await idOf(bench, members, members[0]!.name);
    for (const remote of [own, id]) {
      const labels = `{Local="${own}",Remote="${remote}"}`;
      expect(await metricsOf(members[0]!)).toContain(`\netcd_network_known_peers${labels} 1\n`);
    }
    const refused = await bench.ctl([learner], ['put', 'a', 'b']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('rpc not supported for learner');
    // Without its vote the leader goes on alone.
    await learner.process.kill();
    expect((await bench.ctl(members, ['put', 'a', 'b'])).stdout).toBe('OK\n');
    learner.process.start();
    await ready(learner);
    await until('it is promoted', async () => {
      const { stdout, stderr } = await bench.ctl(members, ['member', 'promote', id]);
      if (stdout !== '') expect(stdout).toMatch(new RegExp(`^Member +${id} promoted in cluster +[0-9a-f]{1,16}\n$`));
      else expect(stderr).toContain('etcdserver: can only promote a learner member which is in sync with leader');
      return stdout !== '';
    });
    expect((await bench.ctl([learner], ['get', 'a'])).stdout).toBe('a\nb\n');
    expect(await metricsOf(learner)).toContain('\netcd_server_is_learner 0\n');
    const again = await bench.ctl(members, ['member', 'promote', id]);
    expect(again.stderr).toContain('etcdserver: can only promote a learner member');
  });

  it('moves its leader, and takes a member’s new peer URL', async () => {
    // Nobody else may lead in between because the machine was busy.
    const members = await bench.cluster(3, { flags: ['--heartbeat-interval=200', '--election-timeout=5000'] });
    const leader = await leaderOf(members);
    const target = members.find((member) => member !== leader)!;
    const [from, to] = [await idOf(bench, members, leader.name), await idOf(bench, members, target.name)];
    const moved = await bench.ctl(members, ['move-leader', to]);
    expect(moved.stdout).toBe(`Leadership transferred from ${from} to ${to}\n`);
    expect((await leaderOf(members)).name).toBe(target.name);

    const mover = members.find((member) => member !== target)!;
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const id = await idOf(bench, members, mover.name);
    const updated = await bench.ctl(members, ['member', 'update', id, `--peer-urls=${url}`]);
    expect(updated.stderr).toBe('');
    expect(updated.stdout).toMatch(new RegExp(`^Member +${id} updated in cluster +[0-9a-f]{1,16}\n$`));
    await mover.process.terminate();
    const { process } = mover;
    process.args = process.args.map((flag) => (/listen-peer-urls/.test(flag) ? `--listen-peer-urls=${url}` : flag));
    process.start();
    await ready(mover);
    expect((await listMembers(bench, members)).find((row) => row.id === id)).toMatchObject({ peerUrls: url });
    expect(new Set(await hashesOf(members.map(({ endpoint }) => endpoint))).size).toBe(1);
  });

  it('refuses what would cost its quorum, in etcd’s words', async () => {
    const members = await bench.cluster(3);
    const leader = await leaderOf(members);
    const [down, up] = members.filter((member) => member !== leader) as [BenchMember, BenchMember];
    const ids = new Map(
      await Promise.all(members.map(async ({ name }) => [name, await idOf(bench, members, name)] as const)),
    );
    await down.process.kill();
    const alive = [leader, up];
    const refused = await until('the leader has noticed', async () => {
      const result = await bench.ctl(alive, ['member', 'remove', ids.get(up.name)!]);
      expect(result.code).toBe(1);
      return /unhealthy cluster/.test(result.stderr) && result;
    });
    expect(refused.stderr).toContain('Error: etcdserver: unhealthy cluster');
    // A learner would be one more that is down once it votes.
    const learner = await bench.ctl(alive, ['member', 'add', 'm0', '--learner', '--peer-urls=http://127.0.0.1:1']);
    expect(learner.stderr).toContain('Error: etcdserver: unhealthy cluster');
    // The dead one may go.
    expect(await bench.ctl(alive, ['member', 'remove', ids.get(down.name)!])).toMatchObject({ code: 0, stderr: '' });

    // Of two members and one that has not started, none may be added or removed.
    await addMember(bench, alive, 'm4');
    const args = ['member', 'add', 'm5', '--peer-urls=http://127.0.0.1:1'];
    expect((await bench.ctl(alive, args)).stderr).toContain(`Error: ${NOT_ENOUGH}`);
    const removed = await bench.ctl(alive, ['member', 'remove', ids.get(up.name)!]);
    expect(removed.stderr).toContain(`Error: ${NOT_ENOUGH}`);
    const unknown = await bench.ctl(alive, ['member', 'remove', '1234']);
    expect(unknown.stderr).toContain('etcdserver: member not found');
  });
});

async function metricsOf({ endpoint }: BenchMember): Promise<string> {
  return (await fetch(`http://${endpoint}/metrics`)).text();
}

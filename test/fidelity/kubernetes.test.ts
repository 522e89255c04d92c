/**
 * A real Kubernetes control plane on a bundled cluster of three, with its leader killed under it. Runs where KUBERNETES names a
 * folder with kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kwok; it takes a minute or two.
 */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hashesOf } from '../cluster-e2e/support/hashes.ts';
import { leaderOf } from '../cluster-e2e/support/leader.ts';
import { ready, Workbench } from '../cluster-e2e/support/workbench.ts';
import { ControlPlane } from './control-plane.ts';
import { configMap, deployment, node } from './manifests.ts';

const KUBERNETES = process.env['KUBERNETES'] ?? '';
const WATCH_S = 60;

interface WatchEvent {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string; readonly resourceVersion: string } };
}

describe.skipIf(KUBERNETES === '')('Kubernetes on the bundled cluster (where KUBERNETES names its folder)', () => {
  it('goes on when the leader is killed; watches miss nothing, and an apiserver finds everything again', async () => {
    const bench = new Workbench();
    onTestFinished(() => bench.close());
    const members = await bench.cluster(3);
    const servers = members.map(({ endpoint }) => `http://${endpoint}`).join(',');
    const plane = await ControlPlane.in(join(bench.root, 'kubernetes'), {
      kubernetes: KUBERNETES,
      kwok: join(KUBERNETES, 'kwok'),
    });
    onTestFinished(() => plane.stopAll());
    await plane.startApiserver(servers, ['--etcd-compaction-interval=10s']);
    plane.startControllers();
    plane.startKubelets();
    const nodes = Array.from({ length: 5 }, (_, i) => node(`node-${i}`));
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: nodes }));

    const maps = '/api/v1/namespaces/default/configmaps';
    const watch = plane.api.send('GET', `${maps}?watch=1&timeoutSeconds=${WATCH_S}&resourceVersion=0`);
    const fleet = async (replicas: number): Promise<void> => {
      await plane.kubectl(['apply', '-f', '-'], JSON.stringify(deployment('fleet', replicas)));
      await plane.kubectl(['rollout', 'status', 'deployment/fleet', '--timeout=90s']);
    };
    await fleet(60);

    const created: string[] = [];
    const create = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const name = `map-${created.length}`;
        // A write that is lost with its leader may have happened: what is there already is as good.
        await plane.until(`${name} is there`, async () =>
          [201, 409].includes((await plane.api.send('POST', maps, configMap(name, 100))).status),
        );
        created.push(name);
      }
    };
    await create(20);
    const leader = await leaderOf(members);
    await leader.process.kill();
    await create(40);
    await fleet(90);
    leader.process.start();
    await ready(leader);
    await fleet(30);
    await create(20);

    const events = (await watch).text.split('\n').filter((line) => line !== '');
    const seen = events.map((line) => JSON.parse(line) as WatchEvent);
    const added = seen.filter(({ type }) => type === 'ADDED').map(({ object }) => object.metadata.name);
    expect(added.filter((name) => name.startsWith('map-'))).toEqual(created);
    expect(seen.filter(({ type }) => type === 'ERROR')).toEqual([]);

    await plane.stop('kube-apiserver', 'SIGKILL');
    await plane.startApiserver(servers);
    const { items } = await plane.api.json<{ items: unknown[] }>('GET', '/api/v1/namespaces/default/pods');
    expect(items).toHaveLength(30);
    await plane.stopAll();
    expect(new Set(await hashesOf(members.map(({ endpoint }) => endpoint))).size).toBe(1);
  }, 300_000);
});

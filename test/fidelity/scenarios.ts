/** What the control plane is asked to do while its requests are recorded. Each says what it models; they run in this order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from './control-plane.ts';
import { configMap, deployment, event, job, node } from './manifests.ts';

export interface Scenario {
  readonly name: string;
  readonly what: string;
  run(plane: ControlPlane): Promise<void>;
}

const NODES = 50;
const DEPLOYMENTS = 40;
const JOBS = 200;
const REPLICAS = 300;
const EVENTS = 1_500;
const STEADY_MS = 130_000;
const SETTLE_MS = 10_000;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const list = (items: readonly unknown[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'controllers start',
    what: 'controller manager and scheduler begin: they list and watch everything, and elect themselves',
    run: async (plane) => {
      plane.startControllers();
      await plane.until('the controllers have leases', async () => {
        const leases = await plane.api.json<Items>('GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases');
        return leases.items.length >= 3;
      });
      await sleep(SETTLE_MS);
    },
  },
  {
    name: 'nodes join',
    what: `${NODES} nodes, each with its Lease`,
    run: async (plane) => {
      plane.startKubelets();
      await plane.kubectl(['apply', '-f', '-'], list(numbers(NODES).map((i) => node(`node-${i}`))));
      await plane.until('all nodes are ready', async () => {
        const { items } = await plane.api.json<Items>('GET', '/api/v1/nodes');
        return items.filter(isReady).length === NODES;
      });
      await sleep(SETTLE_MS);
    },
  },
  {
    name: 'apply new',
    what: `kubectl apply of ${DEPLOYMENTS} Deployments without replicas that are not there yet, one a call`,
    run: (plane) => applyEach(plane, 1),
  },
  { name: 'apply unchanged', what: 'the same again', run: (plane) => applyEach(plane, 1) },
  { name: 'apply changed', what: 'the same with a new annotation', run: (plane) => applyEach(plane, 2) },
  {
    name: 'apply server-side',
    what: 'the same with another one by server-side apply',
    run: (plane) => applyEach(plane, 3, ['--server-side', '--force-conflicts']),
  },
  {
    name: 'replace and delete',
    what: 'kubectl replace of each at the resourceVersion that was read, then its deletion',
    run: async (plane) => {
      for (const i of numbers(DEPLOYMENTS)) {
        const path = `/apis/apps/v1/namespaces/default/deployments/service-${i}`;
        const found = await plane.api.json<{ metadata: { annotations: Record<string, string> } }>('GET', path);
        found.metadata.annotations['replaced'] = 'yes';
        await plane.kubectl(['replace', '-f', '-'], JSON.stringify(found));
      }
      await plane.kubectl(['delete', ...numbers(DEPLOYMENTS).map((i) => `deployment/service-${i}`)]);
    },
  },
  {
    name: 'jobs',
    what: `${JOBS} Jobs at once, from their creation to the end of their pods, and their deletion`,
    run: async (plane) => {
      for (const i of numbers(10)) await plane.kubectl(['create', 'namespace', `runner-${i}`]);
      await Promise.all(
        numbers(JOBS).map((i) =>
          plane.api.json('POST', `/apis/batch/v1/namespaces/runner-${1 + (i % 10)}/jobs`, job(`job-${i}`)),
        ),
      );
      await plane.until('all jobs are complete', async () => {
        const { items } = await plane.api.json<Items>('GET', '/apis/batch/v1/jobs?resourceVersion=0');
        return items.length === JOBS && items.every(({ status }) => status.succeeded === 1);
      });
      await sleep(SETTLE_MS);
      const background = { propagationPolicy: 'Background' };
      await Promise.all(
        numbers(JOBS).map((i) =>
          plane.api.json('DELETE', `/apis/batch/v1/namespaces/runner-${1 + (i % 10)}/jobs/job-${i}`, background),
        ),
      );
      await noPods(plane);
    },
  },
  {
    name: 'rollout',
    what: `a Deployment of ${REPLICAS} replicas until all are ready, then none again`,
    run: async (plane) => {
      await plane.kubectl(['apply', '-f', '-'], JSON.stringify(deployment('fleet', REPLICAS)));
      await plane.kubectl(['rollout', 'status', 'deployment/fleet', '--timeout=180s']);
      await sleep(SETTLE_MS);
    },
  },
  {
    name: 'lists',
    what: 'lists and watches of every kind that clients ask for, ten of each: consistent, in pages, from the cache, of events, of one name',
    run: async (plane) => {
      for (const query of [
        '',
        '?limit=100',
        '?resourceVersion=0',
        '?labelSelector=a%3Db',
        '?fieldSelector=spec.nodeName%3Dnode-1',
      ]) {
        for (let i = 0; i < 10; i++) await pages(plane, `/api/v1/pods${query}`);
      }
      for (let i = 0; i < 10; i++) {
        await plane.kubectl(['get', 'events', '-A', '--chunk-size=100']);
        await Promise.all(
          ['pods?', 'events?', 'events?fieldSelector=metadata.name%3Dx&'].map((what) =>
            plane.api.send('GET', `/api/v1/${what}watch=1&timeoutSeconds=1`),
          ),
        );
        const { items } = await plane.api.json<Items>('GET', '/api/v1/namespaces/default/pods');
        await plane.api.json('GET', `/api/v1/namespaces/default/pods/${items[i]!.metadata.name}`);
        await plane.api.json('GET', `/api/v1/namespaces/default/pods/${items[i]!.metadata.name}?resourceVersion=0`);
      }
    },
  },
  {
    name: 'event flood',
    what: `${EVENTS} events, a quarter of them counted up afterwards`,
    run: async (plane) => {
      const path = '/api/v1/namespaces/default/events';
      for (const i of numbers(EVENTS)) {
        await plane.api.json('POST', path, event('default', `crash.${i}`));
        const patch = { count: 2, lastTimestamp: new Date().toISOString() };
        if (i % 4 === 0)
          await plane.api.json('PATCH', `${path}/crash.${i}`, patch, 'application/strategic-merge-patch+json');
      }
    },
  },
  {
    name: 'configuration',
    what: '50 ConfigMaps of 2 KiB made, each changed once, half of them watched by name',
    run: async (plane) => {
      const path = '/api/v1/namespaces/default/configmaps';
      await Promise.all(numbers(50).map((i) => plane.api.json('POST', path, configMap(`config-${i}`, 2_048))));
      const watches = numbers(25).map((i) =>
        plane.api.send('GET', `${path}?watch=1&timeoutSeconds=5&fieldSelector=metadata.name%3Dconfig-${i}`),
      );
      await Promise.all(
        numbers(50).map((i) => plane.api.json('PUT', `${path}/config-${i}`, configMap(`config-${i}`, 2_048, 2))),
      );
      await Promise.all(watches);
    },
  },
  {
    name: 'custom resources',
    what: 'a CustomResourceDefinition and 20 objects of it, listed and deleted',
    run: async (plane) => {
      await plane.kubectl(['apply', '-f', '-'], JSON.stringify(WIDGETS));
      await plane.kubectl(['wait', '--for=condition=Established', 'crd/widgets.example.com', '--timeout=60s']);
      const widget = (i: number) => ({
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata: { name: `w-${i}`, namespace: 'default' },
        spec: { size: i },
      });
      await plane.until(
        'widgets are taken',
        async () => (await plane.kubectl(['apply', '-f', '-'], list(numbers(20).map(widget)))) !== '',
      );
      await plane.kubectl(['get', 'widgets']);
      await plane.kubectl(['delete', 'crd/widgets.example.com']);
    },
  },
  {
    name: 'steady',
    what: `nothing but ${NODES} nodes and ${REPLICAS} pods that run, and a readiness probe a second`,
    run: async (plane) => {
      for (let waitedMs = 0; waitedMs < STEADY_MS; waitedMs += 1_000) {
        await plane.api.send('GET', '/readyz');
        await sleep(1_000);
      }
    },
  },
  {
    name: 'controllers restart',
    what: 'controller manager and scheduler end and begin again: everything is listed and watched once more',
    run: async (plane) => {
      await plane.stop('kube-controller-manager');
      await plane.stop('kube-scheduler');
      plane.startControllers();
      await sleep(2 * SETTLE_MS);
    },
  },
  {
    name: 'scale down',
    what: 'the Deployment to no replica',
    run: async (plane) => {
      await plane.kubectl(['scale', 'deployment/fleet', '--replicas=0']);
      await noPods(plane);
      await sleep(SETTLE_MS);
    },
  },
];

const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

interface Items {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly succeeded?: number; readonly conditions?: readonly { type: string; status: string }[] };
  }[];
}

const isReady = ({ status }: Items['items'][number]): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

async function applyEach(plane: ControlPlane, version: number, flags: readonly string[] = []): Promise<void> {
  for (const i of numbers(DEPLOYMENTS)) {
    await plane.kubectl(['apply', ...flags, '-f', '-'], JSON.stringify(deployment(`service-${i}`, 0, version)));
  }
}

/** All pages of a list, each from where the last one ended. */
async function pages(plane: ControlPlane, path: string): Promise<void> {
  let token: string | undefined;
  do {
    const more = token === undefined ? '' : `&continue=${encodeURIComponent(token)}`;
    const { metadata } = await plane.api.json<Items>('GET', path + more);
    token = metadata.continue;
  } while (token !== undefined && token !== '');
}

async function noPods(plane: ControlPlane): Promise<void> {
  await plane.until('no pod is left', async () => {
    return (await plane.api.json<Items>('GET', '/api/v1/pods?resourceVersion=0')).items.length === 0;
  });
}

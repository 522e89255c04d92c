/** What the scenarios write. */

export function node(name: string): unknown {
  const resources = { cpu: '64', memory: '256Gi', pods: '500' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: { allocatable: resources, capacity: resources },
  };
}

/** A service as teams deploy it: several variables, probes and limits. */
export function deployment(name: string, replicas: number, version = 1): unknown {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'shop' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels, annotations: { version: String(version) } },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec() } },
  };
}

export function job(name: string): unknown {
  const spec = { ...podSpec(), restartPolicy: 'Never' };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { backoffLimit: 0, template: { spec } } };
}

export function configMap(name: string, bytes: number, version = 1): unknown {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { version: String(version), text: 'x'.repeat(bytes) },
  };
}

/** What a kubelet says of a crashing container. */
export function event(namespace: string, name: string): unknown {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { kind: 'Pod', namespace, name: 'crashing', apiVersion: 'v1', fieldPath: 'spec.containers{main}' },
    reason: 'BackOff',
    message: 'Back-off restarting failed container main in pod crashing_default(5f0c8d8e-8a4b-4a53-9e36-0a4e4c9f7b11)',
    type: 'Warning',
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: 'kubelet', host: 'node-1' },
  };
}

function podSpec() {
  const names = ['DATABASE_URL', 'QUEUE_URL', 'LOG_LEVEL', 'REGION', 'FEATURES'];
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 };
  return {
    containers: [
      {
        name: 'main',
        image: 'registry.example.com/team/service:1.0.0',
        env: names.map((name) => ({ name, value: `the value of ${name.toLowerCase()}` })),
        ports: [{ containerPort: 8080 }],
        readinessProbe: probe,
        livenessProbe: probe,
        resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '1', memory: '64Mi' } },
      },
    ],
  };
}

/** What is not gRPC, beside a real etcd of 3.6 or newer: the status endpoints and the names, types and labels of metrics. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';
import { describeWithNewEtcd } from '../../support/peers.ts';

interface Told {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Through node's own client: fetch sends no body of HEAD and follows redirections. */
function ask({ clientUrl }: BenchMember, method: string, path: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const asked = request(`${clientUrl}${path}`, { method, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (piece: Buffer) => (body += piece.toString()));
      answer.on('end', () => {
        const { 'content-type': type, 'x-content-type-options': sniff, allow } = answer.headers;
        resolve({ status: answer.statusCode, headers: { type, sniff, allow }, body });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

interface Family {
  readonly type: string;
  readonly labels: Set<string>;
  readonly bounds: Set<string>;
}

/** The families of an exposition, by name. */
function families(exposition: string): Map<string, Family> {
  const found = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of exposition.split('\n')) {
    const declared = /^# TYPE (\S+) (\S+)/.exec(line);
    if (declared !== null) {
      current = { type: declared[2]!, labels: new Set(), bounds: new Set() };
      found.set(declared[1]!, current);
    } else if (current !== undefined && line !== '' && !line.startsWith('#')) {
      const labels = [...line.matchAll(/(\w+)="([^"]*)"/g)];
      for (const [, name, value] of labels) if (name === 'le') current.bounds.add(value!);
      current.labels.add(
        labels
          .map(([, name]) => name!)
          .filter((name) => name !== 'le')
          .join(),
      );
    }
  }
  return found;
}

/** What there is nothing of here: what 3.7 added, Go, bbolt, authentication, the proxy, the v2 store, snapshots of a backend in a file. */
const NOT_HERE = [
  /^(go|promhttp)_/,
  /^process_(network|virtual_memory)_/,
  /^etcd_grpc_proxy_/,
  /^etcd_debugging_(auth|disk_backend_commit|store|snap_save)_/,
  /^etcd_snap_db_/,
  /^etcd_mvcc_db_open_read_transactions$/,
  /^etcd_server_(go_version|feature_enabled)$/,
  // From 3.7 on, not of the contract.
  /^etcd_debugging_server_watch_send_loop_/,
  /^etcd_server_request_duration_seconds$/,
];

/** What is not counted yet. */
const NOT_YET = [
  'etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds',
  'etcd_debugging_mvcc_pending_events_total',
  'etcd_network_known_peers',
  'etcd_server_client_requests_total',
  'etcd_server_range_duration_seconds',
];

/** Ours counts batches, etcd the requests in them, by what they are. */
const OTHER_LABELS = ['etcd_server_apply_duration_seconds'];

describeWithNewEtcd('beside a real etcd', () => {
  let bench: Workbench;
  let members: [BenchMember, BenchMember];

  beforeAll(async () => {
    bench = new Workbench();
    members = await Promise.all([bench.member({}, 'ours'), bench.member({ program: 'etcd' }, 'theirs')]);
    for (const { clientUrl } of members) {
      const post = async (path: string, body: unknown): Promise<void> => {
        const answer = await fetch(`${clientUrl}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
        await answer.text();
      };
      await post('kv/put', { key: 'YQ==', value: 'YQ==' });
      await post('kv/txn', { success: [{ request_put: { key: 'YQ==' } }] });
      await post('kv/range', { key: 'YQ==' });
      await post('kv/compaction', { revision: '2', physical: true });
      await post('lease/grant', { TTL: '100' });
      await post('maintenance/hashkv', {});
      await post('maintenance/defragment', {});
      for (const path of ['/health', '/livez', '/readyz']) await fetch(`${clientUrl}${path}`);
    }
  });
  afterAll(() => bench.close());

  it.each(['GET', 'HEAD', 'POST', 'PUT'])('answers %s as etcd does', async (method) => {
    for (const path of [
      '/health',
      '/health?serializable=true&exclude=NOSPACE',
      '/health/none',
      '/livez?verbose',
      '/livez/serializable_read?verbose',
      '/readyz',
      '/readyz?verbose&exclude=non_learner&exclude=none',
      '/readyz/linearizable_read',
      '/readyz/none',
      '/version/',
      '/v2/keys',
      '/v3/none',
      '/none',
    ]) {
      const [ours, theirs] = await Promise.all(members.map((member) => ask(member, method, path)));
      // etcd runs its checks in the order of a map, and spaces its JSON as it likes.
      const plain = (told: Told): Told => ({
        ...told,
        body: /^\{"code/.test(told.body)
          ? JSON.stringify(JSON.parse(told.body))
          : told.body.split('\n').sort().join('\n'),
      });
      expect({ path, ...plain(ours!) }).toEqual({ path, ...plain(theirs!) });
    }
  });

  it('has metrics of its names, types, labels and buckets, and lacks but what is known', async () => {
    const [ours, theirs] = await Promise.all(
      members.map(async (member) => families((await ask(member, 'GET', '/metrics')).body)),
    );
    const lacking = [...theirs!.keys()].filter((name) => !ours!.has(name) && !NOT_HERE.some((some) => some.test(name)));
    expect(lacking).toEqual(NOT_YET);
    for (const [name, { type, labels, bounds }] of ours!) {
      const known = theirs!.get(name);
      if (known === undefined && !name.startsWith('etcd_')) continue;
      const their = { type: known?.type, bounds: [...(known?.bounds ?? [])] };
      expect({ name, type, bounds: [...bounds] }).toEqual({ name, ...their });
      if (!OTHER_LABELS.includes(name))
        expect({ name, labels: [...labels].sort() }).toEqual({ name, labels: [...known!.labels].sort() });
    }
  });
});

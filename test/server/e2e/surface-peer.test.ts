/** What is not gRPC, beside a real etcd of 3.6 or newer: the status endpoints and the names, types and labels of metrics. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leaderOf } from '../../cluster-e2e/support/leader.ts';
import { until } from '../../cluster-e2e/support/until.ts';
import { Workbench, type BenchMember, type Program } from '../../cluster-e2e/support/workbench.ts';
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

async function post({ clientUrl }: BenchMember, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${clientUrl}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
  await answer.text();
}

interface Family {
  readonly type: string;
  readonly labels: Set<string>;
  readonly bounds: Set<string>;
}

/** The families of one exposition or several, by name. */
function families(exposition: string): Map<string, Family> {
  const found = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of exposition.split('\n')) {
    const declared = /^# TYPE (\S+) (\S+)/.exec(line);
    if (declared !== null) {
      current = found.get(declared[1]!) ?? { type: declared[2]!, labels: new Set(), bounds: new Set() };
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

/** What there is nothing of here: what 3.7 added, Go, bbolt, authentication, the proxy, the v2 store. */
const NOT_HERE = [
  /^(go|promhttp)_/,
  /^process_network_/,
  /^etcd_grpc_proxy_/,
  /^etcd_debugging_(auth|disk_backend_commit|store)_/,
  /^etcd_mvcc_db_open_read_transactions$/,
  /^etcd_server_go_version$/,
  // From 3.7 on, not of the contract.
  /^etcd_debugging_server_watch_send_loop_/,
  /^etcd_server_request_duration_seconds$/,
];

/** Series that etcd makes when they are first counted, and we at the start: nothing has happened here that they count. */
const ONLY_WHEN_IT_HAPPENS = [
  'etcd_network_peer_received_failures_total',
  'etcd_network_snapshot_receive_failures',
  'etcd_network_snapshot_send_failures',
  'etcd_server_range_duration_seconds',
];

function compareMetrics(
  ours: ReadonlyMap<string, Family>,
  theirs: ReadonlyMap<string, Family>,
  rare: readonly string[] = [],
): void {
  const lacking = [...theirs.keys()].filter((name) => !ours.has(name) && !NOT_HERE.some((some) => some.test(name)));
  expect(lacking).toEqual([]);
  for (const [name, own] of ours) {
    const known = theirs.get(name);
    if (known === undefined && (!name.startsWith('etcd_') || rare.includes(name))) continue;
    expect(known, `etcd has no ${name}`).toBeDefined();
    const plain = (family: Family): object => ({
      type: family.type,
      bounds: [...family.bounds],
      labels: [...family.labels].sort(),
    });
    expect({ name, ...plain(own) }).toEqual({ name, ...plain(known!) });
  }
}

describeWithNewEtcd('beside a real etcd', () => {
  let bench: Workbench;
  let members: [BenchMember, BenchMember];

  beforeAll(async () => {
    bench = new Workbench();
    members = await Promise.all([bench.member({}, 'ours'), bench.member({ program: 'etcd' }, 'theirs')]);
    for (const member of members) {
      await post(member, 'kv/put', { key: 'YQ==', value: 'YQ==' });
      await post(member, 'kv/txn', { success: [{ request_put: { key: 'YQ==' } }] });
      await post(member, 'kv/range', { key: 'YQ==' });
      await post(member, 'kv/compaction', { revision: '2', physical: true });
      await post(member, 'lease/grant', { TTL: '100' });
      await post(member, 'maintenance/hashkv', {});
      await post(member, 'maintenance/defragment', {});
      for (const path of ['/health', '/livez', '/readyz']) await fetch(`${member.clientUrl}${path}`);
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

  it('has metrics of its names, types, labels and buckets', async () => {
    const [ours, theirs] = await Promise.all(
      members.map(async (member) => families((await ask(member, 'GET', '/metrics')).body)),
    );
    compareMetrics(ours!, theirs!);
  });

  it(
    'has those of three members too, one of which was sent a snapshot, and of timed calls',
    { timeout: 120_000 },
    async () => {
      const told = async (program: Program): Promise<Map<string, Family>> => {
        const prefix = program === 'etcd' ? '--' : '--experimental-';
        const flags = ['--metrics=extensive', '--snapshot-count=100', `${prefix}snapshot-catchup-entries=5`];
        const three = new Workbench();
        try {
          const all = await three.cluster(3, { program, flags });
          const first = await leaderOf(all);
          // Without their leader the others would take none of the writes for which a snapshot is sent.
          const [second, behind] = all.filter((member) => member !== first);
          await behind!.process.kill();
          const puts = Array.from({ length: 500 }, () => post(first, 'kv/put', { key: 'YQ==' }));
          await Promise.all(puts);
          behind!.process.start();
          const exposed = async (member: BenchMember): Promise<string> => (await ask(member, 'GET', '/metrics')).body;
          await until('the third member has taken a snapshot', async () =>
            /^etcd_network_snapshot_receive_success\S* 1$/m.test(await exposed(behind!)),
          );
          await until('the peers have been pinged', async () =>
            /^etcd_network_peer_round_trip_time_seconds_count/m.test(await exposed(first)),
          );
          return families((await Promise.all([first, second!, behind!].map(exposed))).join('\n'));
        } finally {
          await three.close();
        }
      };
      compareMetrics(await told('bundled'), await told('etcd'), ONLY_WHEN_IT_HAPPENS);
    },
  );
});

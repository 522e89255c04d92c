/** `etcdmark serve` in the place of the etcd binary: how it is configured, what it says, and how it ends. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectControl } from '../../../src/client/control/index.ts';
import { freePorts } from '../../../src/cluster/ports.ts';
import { findDiskModel, serializeModel } from '../../../src/storage/disk-models/index.ts';
import { leaderOf } from '../../cluster-e2e/support/leader.ts';
import { until } from '../../cluster-e2e/support/until.ts';
import { ready, Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

const statusOf = async (endpoint: string) => {
  const client = connectControl({ endpoints: [endpoint], timeoutMs: 20_000 });
  try {
    return await client.status({});
  } finally {
    client.close();
  }
};

const membersOf = async (endpoint: string) => {
  const client = connectControl({ endpoints: [endpoint], timeoutMs: 20_000 });
  try {
    return (await client.memberList({})).members;
  } finally {
    client.close();
  }
};

describe('configured like etcd', () => {
  it('by ETCD_ variables, which flags outrank', async () => {
    const [client, peer] = await freePorts(2);
    const env = {
      ETCD_NAME: 'from-environment',
      ETCD_DATA_DIR: join(bench.root, 'data'),
      ETCD_LISTEN_CLIENT_URLS: `http://127.0.0.1:${client}`,
      ETCD_ADVERTISE_CLIENT_URLS: `http://127.0.0.1:${client}`,
      ETCD_LISTEN_PEER_URLS: `http://127.0.0.1:${peer}`,
      ETCD_INITIAL_ADVERTISE_PEER_URLS: `http://127.0.0.1:${peer}`,
      ETCD_INITIAL_CLUSTER: `from-flag=http://127.0.0.1:${peer}`,
      ETCD_QUOTA_BACKEND_BYTES: '33554432',
    };
    const member = bench.spawnable(['--name=from-flag'], { env });
    member.start();
    await member.waitForLine(/ready to serve client requests/, 60_000);
    const [self] = await membersOf(`127.0.0.1:${client}`);
    expect(self).toMatchObject({ name: 'from-flag', clientUrls: [`http://127.0.0.1:${client}`] });
    expect((await statusOf(`127.0.0.1:${client}`)).dbSizeQuota).toBe(33_554_432);
    expect(existsSync(join(bench.root, 'data', 'member', 'wal'))).toBe(true);
  });

  it('by a config file alone', async () => {
    const [client, peer] = await freePorts(2);
    const path = join(bench.root, 'etcd.yaml');
    const lines = [
      'name: from-file',
      `data-dir: ${join(bench.root, 'data')}`,
      `listen-client-urls: http://127.0.0.1:${client}`,
      `advertise-client-urls: http://127.0.0.1:${client}`,
      `listen-peer-urls: http://127.0.0.1:${peer}`,
      `initial-advertise-peer-urls: http://127.0.0.1:${peer}`,
      `initial-cluster: from-file=http://127.0.0.1:${peer}`,
      'quota-backend-bytes: 50331648',
      'grpc-keepalive-min-time: 7000000000',
    ];
    writeFileSync(path, `${lines.join('\n')}\n`);
    const member = bench.spawnable([`--config-file=${path}`, '--name=ignored'], { env: { ETCD_NAME: 'ignored' } });
    member.start();
    await member.waitForLine(/ready to serve client requests/, 60_000);
    expect((await membersOf(`127.0.0.1:${client}`))[0]).toMatchObject({ name: 'from-file' });
    expect((await statusOf(`127.0.0.1:${client}`)).dbSizeQuota).toBe(50_331_648);
  });

  const refusals: [string, string[], number, RegExp][] = [
    ['an unknown flag', ['--no-such-flag=1'], 2, /flag provided but not defined: --no-such-flag/],
    ['a flag of etcd’s that is not served', ['--discovery=http://a'], 2, /--discovery=http:\/\/a is not supported/],
    ['a heartbeat too near the election timeout', ['--heartbeat-interval=900'], 1, /election-timeout\[1000ms\]/],
    ['a config file that is missing', ['--config-file=/no/such.yaml'], 1, /\/no\/such\.yaml/],
    ['a name that is not in the cluster', ['--name=x', '--initial-cluster=y=http://127.0.0.1:1'], 1, /"x"/],
  ];
  it.each(refusals)('refuses %s in one line', async (_what, args, code, message) => {
    const member = bench.spawnable(args);
    member.start();
    expect(await member.ended()).toEqual({ code, signal: null });
    expect(member.log).toMatch(message);
    expect(member.log.trim().split('\n')).toHaveLength(1);
  });
});

describe('started where it must not be', () => {
  it('refuses a data directory that a member is using, which goes on undisturbed', async () => {
    const first = await bench.member();
    const [client, peer] = (await freePorts(2)) as [number, number];
    const second = bench.plan('m2', [client, peer], `m2=http://127.0.0.1:${peer}`, { dataDir: first.dataDir });
    second.process.start();
    expect(await second.process.ended()).toEqual({ code: 1, signal: null });
    expect(second.process.log).toMatch(/cannot lock .*\/m1\/member: in use by another process/);
    expect((await statusOf(first.endpoint)).leader).not.toBe(0n);
  });

  it('refuses a port that is taken before it writes anything', async () => {
    const first = await bench.member();
    const [client, peer] = (await freePorts(2)) as [number, number];
    const clientTaken = [Number(first.endpoint.split(':')[1]), peer] as const;
    const peerTaken = [client, Number(new URL(first.peerUrl).port)] as const;
    for (const [ports, url] of [
      [clientTaken, first.clientUrl],
      [peerTaken, first.peerUrl],
    ] as const) {
      const second = bench.plan('m2', ports, `m2=http://127.0.0.1:${ports[1]}`);
      second.process.start();
      expect(await second.process.ended()).toEqual({ code: 1, signal: null });
      expect(second.process.log).toContain(`cannot listen on ${url}`);
      expect(existsSync(second.dataDir)).toBe(false);
    }
  });

  it('refuses to join a cluster that does not expect it', async () => {
    const first = await bench.member();
    const [client, peer] = (await freePorts(2)) as [number, number];
    const cluster = `m1=${first.peerUrl},m2=http://127.0.0.1:${peer}`;
    const second = bench.plan('m2', [client, peer], cluster, { flags: ['--initial-cluster-state=existing'] });
    second.process.start();
    expect(await second.process.ended()).toEqual({ code: 1, signal: null });
    expect(second.process.log).toMatch(/no member of the existing cluster has http/);
  });

  it('is kept out by the members of a cluster that its data directory does not belong to', async () => {
    const stranger = await bench.member({}, 'm2');
    await stranger.process.terminate();
    const [first] = await bench.planCluster(2);
    const ports: [number, number] = [Number(stranger.endpoint.split(':')[1]), Number(new URL(stranger.peerUrl).port)];
    const cluster = `m1=${first!.peerUrl},m2=${stranger.peerUrl}`;
    const member = bench.plan('m1', portsOf(first!), cluster, { dataDir: join(bench.root, 'fresh') });
    member.process.start();
    const intruder = bench.plan('m2', ports, cluster, { dataDir: stranger.dataDir });
    intruder.process.start();
    // It is alone in the cluster of its log and serves that one; the new member must not count it as its second.
    await ready(intruder);
    await member.process.waitForLine(/cluster ID mismatch|refused|412|Precondition/i, 30_000);
    expect((await statusOf(member.endpoint)).leader).toBe(0n);
  });
});

describe('told to stop', () => {
  it('by SIGTERM ends with 0 and hands the leadership over first', async () => {
    const members = await bench.cluster(3, { flags: ['--election-timeout=5000'] });
    const leader = await leaderOf(members);
    const { raftTerm } = await statusOf(leader.endpoint);
    expect(await leader.process.terminate()).toEqual({ code: 0, signal: null });
    // It is gone only now; the others would have waited for it five seconds more.
    const others = await Promise.all(
      members.filter((each) => each !== leader).map(({ endpoint }) => statusOf(endpoint)),
    );
    expect(Math.max(...others.map((status) => status.raftTerm))).toBe(raftTerm + 1);
    expect(others.some((status) => status.leader === status.header?.memberId)).toBe(true);
    leader.process.start();
    await ready(leader);
  });

  it('by SIGINT ends with 0', async () => {
    const member = await bench.member();
    member.process.signal('SIGINT');
    expect(await member.process.ended()).toEqual({ code: 0, signal: null });
  });

  it('ends although clients hold streams open and the gateway was used', async () => {
    const member = await bench.member();
    const client = connectControl({ endpoints: [member.endpoint] });
    const watch = await client.watch();
    watch.send({ createRequest: { key: 'a' } });
    for await (const { created } of watch) {
      expect(created).toBe(true);
      const answer = await fetch(`${member.clientUrl}/v3/kv/range`, { method: 'POST', body: '{"key":"YQ=="}' });
      expect(answer.status).toBe(200);
      expect(await member.process.terminate()).toEqual({ code: 0, signal: null });
      break;
    }
    client.close();
  });
});

describe('told to stop where something is in the way', () => {
  it('ends although clients have connected and said nothing, or half of what TLS begins with', async () => {
    const [http, metrics] = await freePorts(2);
    const flags = [
      '--auto-tls',
      `--listen-client-http-urls=https://127.0.0.1:${http}`,
      `--listen-metrics-urls=https://127.0.0.1:${metrics}`,
    ];
    const member = await bench.member({ flags });
    const ports = [http!, metrics!, ...[member.endpoint, new URL(member.peerUrl).host].map((a) => +a.split(':')[1]!)];
    const sockets = await Promise.all(
      ports.flatMap((port) =>
        ['', '\x16\x03\x01\x02\x00\x01', 'PRI * HT'].map(async (first) => {
          const socket = connect(port, '127.0.0.1');
          // Its reset is what the server ends it with.
          socket.on('error', () => undefined);
          await once(socket, 'connect');
          socket.write(Buffer.from(first, 'latin1'));
          return socket;
        }),
      ),
    );
    expect(await member.process.terminate()).toEqual({ code: 0, signal: null });
    for (const socket of sockets) socket.destroy();
  });

  it('ends although its data was removed meanwhile, and says what it missed', async () => {
    const member = await bench.member();
    await until('a segment is prepared', () => existsSync(join(member.dataDir, 'member', 'wal', 'next.tmp')));
    rmSync(member.dataDir, { recursive: true });
    expect(await member.process.terminate()).toEqual({ code: 1, signal: null });
    expect(member.process.log).toMatch(/"msg":"the member cannot go on","error":".*no such file/);
  });

  it('ends with an error once its grace is over, and names what it waited for', async () => {
    const path = join(bench.root, 'stuck.json');
    const outliers = { share: 0, fromMs: 0, toMs: 0 };
    const latency = { kind: 'lognormal', medianUs: 3_600_000_000, sigma: 0, outliers } as const;
    writeFileSync(path, serializeModel({ ...findDiskModel('gp3'), name: 'stuck', latency, limits: [] }));
    const flags = [`--experiment-disk-model=${path}`, '--experiment-stop-grace=100ms', '--election-timeout=500'];
    const [member] = (await bench.planCluster(1, { flags })) as [BenchMember];
    member.process.start();
    await until('it writes', () => existsSync(join(member.dataDir, 'member', 'wal')));
    expect(await member.process.terminate()).toEqual({ code: 1, signal: null });
    const last = member.process.lines.at(-1);
    expect(last).toMatchObject({ level: 'fatal', grace: '600ms', 'waits-for': 'start' });
    expect(last?.['held-by']).toMatch(/MessagePort/);
  });
});

describe('what it says', () => {
  it('is one JSON object a line, with the lines that tools wait for', async () => {
    const member = await bench.member();
    await member.process.terminate();
    const text = member.process.log.trim().split('\n');
    const lines = member.process.lines;
    expect(lines).toHaveLength(text.length);
    for (const line of lines) {
      expect(line).toMatchObject({ level: expect.any(String) as unknown, msg: expect.any(String) as unknown });
      expect(Number.isNaN(Date.parse(String(line['ts'])))).toBe(false);
    }
    const messages = lines.map(({ msg }) => String(msg));
    expect(messages).toContain('ready to serve client requests');
    expect(messages.some((message) => /elected leader/.test(message))).toBe(true);
    expect(messages.at(-1)).toBe('closed etcd server');
  });

  it('tells systemd when it is ready, not before', async () => {
    const told = join(bench.root, 'told');
    const tool = join(bench.root, 'systemd-notify');
    writeFileSync(tool, `#!/bin/sh\necho "$NOTIFY_SOCKET $@" >> ${told}\n`);
    chmodSync(tool, 0o755);
    const env = { PATH: `${bench.root}:${process.env['PATH']}`, NOTIFY_SOCKET: '/run/notify' };
    const [first, second] = (await bench.planCluster(2, { env })) as [BenchMember, BenchMember];
    first.process.start();
    await first.process.waitForLine(/starting an etcd server/, 60_000);
    // Alone it has no quorum: it answers status requests, but is not ready.
    await until('its port is open', async () => (await fetch(`${first.clientUrl}/version`)).ok);
    expect(existsSync(told)).toBe(false);
    second.process.start();
    const text = await until('systemd is told', () => existsSync(told) && readFileSync(told, 'utf8'));
    expect(text).toMatch(/^\/run\/notify --ready --pid=\d+$/m);
  });

  it('is what etcd answers on its HTTP endpoints, on the metrics port too', async () => {
    const [metrics] = await freePorts(1);
    const member = await bench.member({ flags: [`--listen-metrics-urls=http://127.0.0.1:${metrics}`] });
    const get = async (url: string) => {
      const answer = await fetch(url);
      return { status: answer.status, text: await answer.text() };
    };
    const bases = [member.clientUrl, `http://127.0.0.1:${metrics}`];
    for (const base of bases) {
      expect(JSON.parse((await get(`${base}/health`)).text)).toEqual({ health: 'true', reason: '' });
      expect(await get(`${base}/livez`)).toEqual({ status: 200, text: 'ok\n' });
      expect(await get(`${base}/readyz`)).toEqual({ status: 200, text: 'ok\n' });
      expect((await get(`${base}/readyz?verbose`)).text).toMatch(/^\[\+\]data_corruption ok\n[^]*ok\n$/);
      const exposition = (await get(`${base}/metrics`)).text;
      expect(exposition).toMatch(/^etcd_server_has_leader 1$/m);
      expect(exposition).toMatch(/^etcd_disk_wal_fsync_duration_seconds_bucket\{le="0.001"\} \d+$/m);
    }
    const version = JSON.parse((await get(`${member.clientUrl}/version`)).text) as Record<string, string>;
    expect(version).toMatchObject({ etcdserver: expect.stringMatching(/^3\.\d+\.\d+$/) as unknown });
    expect((await get(`${member.clientUrl}/no-such`)).status).toBe(404);
    expect((await fetch(`${member.clientUrl}/version`, { method: 'PUT' })).status).toBe(405);
  });
});

function portsOf(member: BenchMember): [number, number] {
  return [Number(member.endpoint.split(':')[1]), Number(new URL(member.peerUrl).port)];
}

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperationError, UsageError } from '../../src/base/errors.ts';
import { httpGet, startTarget } from '../../src/cluster/index.ts';
import type { Target } from '../../src/cluster/index.ts';
import { realClock } from '../../src/platform/clock.ts';
import { describeWithPeers, peerPath } from '../support/peers.ts';

const clock = realClock();
let root: string;
let target: Target | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'etcdmark-test-'));
});

afterEach(async () => {
  await target?.stop();
  target = undefined;
  rmSync(root, { recursive: true, force: true });
});

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describeWithPeers(['etcd'], 'a spawned etcd', () => {
  const start = async (members: number, flags: string[] = []): Promise<Target> => {
    target = await startTarget({ kind: 'etcd', binary: peerPath('etcd'), members, flags, dataRoot: root }, { clock });
    return target;
  };

  it('serves from as many members as asked for, and is gone with its data after stop', async () => {
    const cluster = await start(3);
    const { members, version, endpoints } = cluster;
    expect(version).toMatch(/^3\.\d+\.\d+/);
    expect(endpoints).toHaveLength(3);
    for (const member of members) {
      const answer = await httpGet(`${member.metricsUrl}/metrics`, 20_000);
      expect(answer.body).toContain('etcd_server_has_leader 1');
    }
    const pids = members.map((member) => member.pid!);
    await cluster.stop();
    await cluster.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(readdirSync(root)).toEqual([]);
  });

  it('says in its settings what its flags set and what etcd does without', async () => {
    const { settings } = await start(1, ['--heartbeat-interval=250', '--election-timeout=2500']);
    expect(settings).toMatchObject({ heartbeatIntervalMs: 250, electionTimeoutMs: 2500, quotaBackendBytes: 2 ** 31 });
  });

  it('notices that a member died, and starts it again on its data', async () => {
    const cluster = await start(1);
    const [member] = cluster.members;
    process.kill(member!.pid!, 'SIGKILL');
    await expect.poll(() => cluster.failure(), { timeout: 20_000 }).toMatch(/^member-1 .*ended: signal SIGKILL/);
    await cluster.hurt!.restart('member-1');
    expect(cluster.failure()).toBeUndefined();
    expect((await httpGet(`${member!.clientUrl}/health`, 20_000)).status).toBe(200);
  });

  it('tells the last words of a member that will not start, and leaves nothing', async () => {
    await expect(start(1, ['--no-such-flag'])).rejects.toThrow(/member-1 .*ended: exit code \d+; .*no-such-flag/);
    expect(readdirSync(root)).toEqual([]);
  });

  it('gives up when told to', async () => {
    const abort = new AbortController();
    // A member alone in a cluster of two never elects a leader.
    const flags = ['--initial-cluster=member-1=http://127.0.0.1:1,other=http://127.0.0.1:2'];
    const starting = startTarget(
      { kind: 'etcd', binary: peerPath('etcd'), members: 1, flags, dataRoot: root },
      { clock, signal: abort.signal },
    );
    abort.abort();
    await expect(starting).rejects.toThrow();
    expect(readdirSync(root)).toEqual([]);
  });

  it('is a target by its endpoints too, and is left alone then', async () => {
    const { endpoints, members, version } = await start(1);
    const same = await startTarget({ kind: 'endpoints', connection: { endpoints } }, { clock });
    expect(same).toMatchObject({ kind: 'endpoints', version, endpoints });
    expect(same.hurt).toBeUndefined();
    await same.stop();
    expect(isAlive(members[0]!.pid!)).toBe(true);
  });

  it('is told by name that an endpoint speaks no TLS', async () => {
    const { endpoints } = await start(1);
    const starting = startTarget(
      { kind: 'endpoints', connection: { endpoints: [`https://${endpoints[0]}`] } },
      { clock },
    );
    await expect(starting).rejects.toThrow(/speaks no TLS/);
  });
});

describe('a modelled disk', () => {
  const start = (diskModel: string): Promise<Target> =>
    startTarget({ kind: 'bundled', members: 1, diskModel, dataRoot: root }, { clock });

  it('is under the members, and the target tells its name', async () => {
    target = await start('hdd');
    expect(target.diskModel).toBe('hdd');
    const { body } = await httpGet(`${target.members[0]!.metricsUrl}/metrics`, 20_000);
    // Half of its syncs take 24 ms or more; of what is synced at the start none takes less than 2 ms.
    const fast = /etcd_disk_wal_fsync_duration_seconds_bucket\{le="0.002"\} (\d+)/.exec(body)?.[1];
    const all = /etcd_disk_wal_fsync_duration_seconds_count (\d+)/.exec(body)?.[1];
    expect(Number(all)).toBeGreaterThan(0);
    expect(fast).toBe('0');
  });

  it('that nobody knows is refused before anything is started', async () => {
    await expect(start('floppy')).rejects.toThrow(UsageError);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('endpoints', () => {
  const use = (endpoint: string, readyTimeoutMs = 20_000) =>
    startTarget({ kind: 'endpoints', connection: { endpoints: [endpoint] } }, { clock, readyTimeoutMs });

  it('that refuse are named', async () => {
    await expect(use('127.0.0.1:1')).rejects.toThrow(
      new OperationError('127.0.0.1:1: refuses connections: is etcd running there?'),
    );
  });

  it('that are none are refused before anything is tried', async () => {
    await expect(use('ftp://127.0.0.1:1')).rejects.toThrow(UsageError);
    await expect(use('localhost')).rejects.toThrow(/'localhost' is not host:port/);
  });

  it('that hang are given up', async () => {
    const { createServer } = await import('node:net');
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(use(`127.0.0.1:${port}`, 500)).rejects.toThrow(/does not answer within 0.5 s/);
    server.close();
  });

  it('that are some other web server are named', async () => {
    const { createServer } = await import('node:http');
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(use(`127.0.0.1:${port}`)).rejects.toThrow(/answers, but is not etcd/);
    server.close();
  });
});

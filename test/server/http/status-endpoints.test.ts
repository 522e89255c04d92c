import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlarmType } from '../../../src/core/api/index.ts';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { checkCounter } from '../../../src/server/metrics/health-checks.ts';
import { answerStatus, type MemberHealth } from '../../../src/server/http/status-endpoints.ts';

let alarms: number[];
let isLearner: boolean;
let readError: Error | undefined;
let registry: MetricsRegistry;
let health: MemberHealth;
let server: Server;

beforeEach(() => {
  alarms = [];
  isLearner = false;
  readError = undefined;
  registry = new MetricsRegistry();
  health = {
    version: () => ({ etcdserver: '3.6.14' }),
    metricsText: () => registry.expose(),
    variables: () => ({}),
    hasLeader: () => readError === undefined,
    isLearner: () => isLearner,
    alarms: () => alarms,
    read: () => (readError === undefined ? Promise.resolve() : Promise.reject(readError)),
    countHealth: () => undefined,
    countCheck: checkCounter(registry),
  };
});

beforeAll(async () => {
  server = createServer((incoming, response) => {
    if (!answerStatus(health, incoming, response)) response.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

interface Told {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly sniff: unknown;
  readonly body: string;
}

function ask(path: string, method = 'GET'): Promise<Told> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        const { 'content-type': type, 'x-content-type-options': sniff } = response.headers;
        resolve({ status: response.statusCode, type, sniff, body });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

const TEXT = 'text/plain; charset=utf-8';

/** Seen beside etcd 3.6.16. */
describe('status endpoints answer as etcd does', () => {
  it('on health, as text that holds JSON', async () => {
    expect(await ask('/health')).toEqual({
      status: 200,
      type: TEXT,
      sniff: undefined,
      body: '{"health":"true","reason":""}',
    });
    alarms = [AlarmType.NOSPACE];
    const full = { status: 503, type: TEXT, sniff: 'nosniff', body: '{"health":"false","reason":"ALARM NOSPACE"}\n' };
    expect(await ask('/health')).toEqual(full);
    expect(await ask('/health?exclude=CORRUPT&exclude=NOSPACE')).toMatchObject({ status: 200 });
    alarms = [9];
    expect((await ask('/health')).body).toBe('{"health":"false","reason":"ALARM UNKNOWN"}\n');
    expect(await ask('/health?exclude=9')).toMatchObject({ status: 200 });
    alarms = [];
    readError = new Error('etcdserver: request timed out');
    expect((await ask('/health')).body).toBe('{"health":"false","reason":"RAFT NO LEADER"}\n');
    expect((await ask('/health?serializable=true')).body).toContain('RANGE ERROR:etcdserver: request timed out');
  });

  it('on livez and readyz, with their checks', async () => {
    expect(await ask('/livez')).toEqual({ status: 200, type: TEXT, sniff: 'nosniff', body: 'ok\n' });
    expect((await ask('/livez?verbose')).body).toBe('[+]serializable_read ok\nok\n');
    expect((await ask('/readyz/non_learner?verbose')).body).toBe('[+]non_learner ok\nok\n');
    [alarms, isLearner] = [[AlarmType.CORRUPT], true];
    expect(await ask('/readyz')).toEqual({
      status: 503,
      type: TEXT,
      sniff: 'nosniff',
      body:
        '[-]data_corruption failed: alarm activated: CORRUPT\n[+]serializable_read ok\n[+]linearizable_read ok\n' +
        '[-]non_learner failed: not supported for learner\n\n',
    });
    expect(await ask('/readyz?exclude=data_corruption&exclude=non_learner')).toMatchObject({ status: 200 });
    const exposition = registry.expose();
    expect(exposition).toContain('etcd_server_healthcheck{name="data_corruption",type="readyz"} 0\n');
    expect(exposition).toContain('etcd_server_healthcheck{name="serializable_read",type="livez"} 1\n');
    expect(exposition).toContain('etcd_server_healthchecks_total{name="non_learner",status="error",type="readyz"} 1\n');
    expect(exposition).toContain(
      'etcd_server_healthchecks_total{name="non_learner",status="success",type="readyz"} 1\n',
    );
  });

  it('to GET alone, but for metrics', async () => {
    for (const path of ['/version', '/health', '/livez', '/readyz/non_learner']) {
      for (const method of ['POST', 'HEAD']) {
        expect(await ask(path, method)).toMatchObject({ status: 405, type: TEXT, sniff: 'nosniff' });
      }
    }
    for (const method of ['POST', 'HEAD']) expect(await ask('/metrics', method)).toMatchObject({ status: 200 });
    expect(await ask('/version')).toEqual({
      status: 200,
      type: 'application/json',
      sniff: undefined,
      body: '{"etcdserver":"3.6.14"}',
    });
  });
});

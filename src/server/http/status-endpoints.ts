/**
 * The plain HTTP side of the client port: /version, /health, /livez, /readyz, /metrics and /debug/vars as etcd answers them.
 *
 * Source: contract section 2.1 (etcd server/etcdserver/api/etcdhttp).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage } from '../../base/errors.ts';
import { AlarmType } from '../../core/api/index.ts';
import { alarmName } from '../handlers/alarm-text.ts';

/** What the endpoints need to know of the member. */
export interface MemberHealth {
  version(): Readonly<Record<string, string>>;
  metricsText(): string;
  /** What /debug/vars shows: Go's expvar has these under these names. */
  variables(): Readonly<Record<string, unknown>>;
  hasLeader(): boolean;
  isLearner(): boolean;
  /** Types of the alarms that are raised anywhere. */
  alarms(): readonly number[];
  /** One read of the store; rejects with etcd's error where it cannot be answered. */
  read(linearizable: boolean): Promise<void>;
  countHealth(isHealthy: boolean): void;
  countCheck(type: 'livez' | 'readyz', name: string, isOk: boolean): void;
}

const TEXT = 'text/plain; charset=utf-8';

type Check = { readonly name: string; readonly run: () => Promise<void> };

/** Answers a status request; false where the path is none of these. */
export function answerStatus(health: MemberHealth, request: IncomingMessage, response: ServerResponse): boolean {
  const url = new URL(request.url ?? '/', 'http://member');
  const answer = route(health, url);
  if (answer === undefined) return false;
  if (request.method !== 'GET' && url.pathname !== '/metrics') {
    response.setHeader('Allow', 'GET');
    send(response, plain(405, 'Method Not Allowed\n'));
    return true;
  }
  answer()
    .then((told) => send(response, told))
    .catch((error: unknown) => send(response, plain(500, `${errorMessage(error)}\n`)));
  return true;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
  /** Browsers are told not to guess another type. */
  readonly noSniff?: boolean;
}

function route(health: MemberHealth, url: URL): (() => Promise<Answer>) | undefined {
  const [, root, check, ...rest] = url.pathname.split('/');
  if (rest.length > 0) return undefined;
  switch (root) {
    case 'debug':
      return check === 'vars' ? () => Promise.resolve(json(health.variables())) : undefined;
    case 'version':
      return check === undefined ? () => Promise.resolve(json(health.version())) : undefined;
    case 'health':
      return check === undefined ? () => healthAnswer(health, url) : undefined;
    case 'metrics':
      return check === undefined
        ? () =>
            Promise.resolve({
              status: 200,
              body: health.metricsText(),
              type: 'text/plain; version=0.0.4; charset=utf-8',
            })
        : undefined;
    case 'livez':
      return checksAnswer(health, 'livez', [serializableRead(health)], url, check);
    case 'readyz':
      return checksAnswer(health, 'readyz', readyChecks(health), url, check);
    default:
      return undefined;
  }
}

function json(value: unknown): Answer {
  return { status: 200, body: JSON.stringify(value), type: 'application/json' };
}

/** Health is a string in etcd's answer, which is JSON that calls itself text; and `reason` says what failed: alarms, then the leader, then a read. */
async function healthAnswer(health: MemberHealth, url: URL): Promise<Answer> {
  const reason = await unhealthyReason(health, url);
  health.countHealth(reason === '');
  const body = JSON.stringify({ health: String(reason === ''), reason });
  return reason === '' ? { status: 200, body, type: TEXT } : plain(503, `${body}\n`);
}

async function unhealthyReason(health: MemberHealth, url: URL): Promise<string> {
  const excluded = url.searchParams.getAll('exclude');
  const alarm = health.alarms().find((type) => !excluded.includes(alarmName(type)));
  if (alarm !== undefined) return `ALARM ${alarmName(alarm, 'UNKNOWN')}`;
  const isSerializable = url.searchParams.get('serializable') === 'true';
  if (!isSerializable && !health.hasLeader()) return 'RAFT NO LEADER';
  try {
    await health.read(!isSerializable);
    return '';
  } catch (error) {
    return `RANGE ERROR:${errorMessage(error)}`;
  }
}

function serializableRead(health: MemberHealth): Check {
  return { name: 'serializable_read', run: () => health.read(false) };
}

function readyChecks(health: MemberHealth): Check[] {
  return [
    {
      name: 'data_corruption',
      run: () =>
        health.alarms().includes(AlarmType.CORRUPT)
          ? Promise.reject(new Error('alarm activated: CORRUPT'))
          : Promise.resolve(),
    },
    serializableRead(health),
    { name: 'linearizable_read', run: () => health.read(true) },
    {
      name: 'non_learner',
      run: () => (health.isLearner() ? Promise.reject(new Error('not supported for learner')) : Promise.resolve()),
    },
  ];
}

function checksAnswer(
  health: MemberHealth,
  type: 'livez' | 'readyz',
  checks: readonly Check[],
  url: URL,
  only: string | undefined,
): (() => Promise<Answer>) | undefined {
  const excluded = url.searchParams.getAll('exclude');
  const chosen = checks.filter(({ name }) => (only === undefined ? !excluded.includes(name) : name === only));
  if (only !== undefined && chosen.length === 0) return undefined;
  return async () => {
    const lines: string[] = [];
    let isOk = true;
    for (const { name, run } of chosen) {
      try {
        await run();
        lines.push(`[+]${name} ok\n`);
        health.countCheck(type, name, true);
      } catch (error) {
        isOk = false;
        health.countCheck(type, name, false);
        lines.push(`[-]${name} failed: ${errorMessage(error)}\n`);
      }
    }
    const isVerbose = url.searchParams.has('verbose');
    return isOk ? plain(200, `${isVerbose ? lines.join('') : ''}ok\n`) : plain(503, `${lines.join('')}\n`);
  };
}

function plain(status: number, body: string): Answer {
  return { status, body, type: TEXT, noSniff: true };
}

function send(response: ServerResponse, { status, body, type, noSniff }: Answer): void {
  if (noSniff === true) response.setHeader('X-Content-Type-Options', 'nosniff');
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

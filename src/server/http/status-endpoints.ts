/**
 * The plain HTTP side of the client port: /version, /health, /livez, /readyz, /metrics and /debug/vars as etcd answers them.
 *
 * Source: contract section 2.1 (etcd server/etcdserver/api/etcdhttp).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage } from '../../base/errors.ts';

/** What the endpoints need to know of the member. */
export interface MemberHealth {
  version(): Readonly<Record<string, string>>;
  metricsText(): string;
  /** What /debug/vars shows: Go's expvar has these under these names. */
  variables(): Readonly<Record<string, unknown>>;
  hasLeader(): boolean;
  isLearner(): boolean;
  /** Names of the alarms that are raised anywhere: NOSPACE, CORRUPT. */
  alarms(): readonly string[];
  /** One read of the store; rejects with etcd's error where it cannot be answered. */
  read(linearizable: boolean): Promise<void>;
  countHealth(isHealthy: boolean): void;
}

type Check = { readonly name: string; readonly run: () => Promise<void> };

/** Answers a status request; false where the path is none of these. */
export function answerStatus(health: MemberHealth, request: IncomingMessage, response: ServerResponse): boolean {
  const url = new URL(request.url ?? '/', 'http://member');
  const answer = route(health, url);
  if (answer === undefined) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, 'Method Not Allowed\n', 'text/plain; charset=utf-8', { Allow: 'GET' });
    return true;
  }
  answer()
    .then(({ status, body, type }) => send(response, status, body, type))
    .catch((error: unknown) => send(response, 500, `${errorMessage(error)}\n`, 'text/plain; charset=utf-8'));
  return true;
}

type Answer = { readonly status: number; readonly body: string; readonly type: string };

function route(health: MemberHealth, url: URL): (() => Promise<Answer>) | undefined {
  const [, root, check, ...rest] = url.pathname.split('/');
  if (rest.length > 0) return undefined;
  switch (root) {
    case 'debug':
      return check === 'vars' ? () => Promise.resolve(json(200, health.variables())) : undefined;
    case 'version':
      return check === undefined ? () => Promise.resolve(json(200, health.version())) : undefined;
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
      return checksAnswer([serializableRead(health)], url, check);
    case 'readyz':
      return checksAnswer(readyChecks(health), url, check);
    default:
      return undefined;
  }
}

/** Health is a string in etcd's answer, and `reason` says what failed: alarms, then the leader, then a read. */
async function healthAnswer(health: MemberHealth, url: URL): Promise<Answer> {
  const reason = await unhealthyReason(health, url);
  health.countHealth(reason === '');
  return json(reason === '' ? 200 : 503, { health: String(reason === ''), reason });
}

async function unhealthyReason(health: MemberHealth, url: URL): Promise<string> {
  const excluded = url.searchParams.getAll('exclude');
  const alarm = health.alarms().find((name) => !excluded.includes(name));
  if (alarm !== undefined) return `ALARM ${alarm}`;
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
        health.alarms().includes('CORRUPT') ? Promise.reject(new Error('alarm CORRUPT is raised')) : Promise.resolve(),
    },
    serializableRead(health),
    { name: 'linearizable_read', run: () => health.read(true) },
    {
      name: 'non_learner',
      run: () => (health.isLearner() ? Promise.reject(new Error('this member is a learner')) : Promise.resolve()),
    },
  ];
}

function checksAnswer(
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
      } catch (error) {
        isOk = false;
        lines.push(`[-]${name} failed: ${errorMessage(error)}\n`);
      }
    }
    const isVerbose = url.searchParams.has('verbose');
    const body = isOk ? `${isVerbose ? lines.join('') : ''}ok\n` : lines.join('');
    return { status: isOk ? 200 : 503, body, type: 'text/plain; charset=utf-8' };
  };
}

function json(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value), type: 'application/json' };
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** Waiting until a member serves, and asking what it is. */
import type { Clock } from '../base/clock.ts';
import type { TlsOptions } from '../client/control/index.ts';
import { OperationError, errorCode, errorMessage } from '../base/errors.ts';
import { httpGet } from './http.ts';

const POLL_MS = 50;
const ASK_MS = 2_000;

/** Resolves when /health says true; `assertRunning` throws when waiting is in vain. */
export async function awaitHealthy(
  url: string,
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  assertRunning: () => void,
  lastWords: () => string,
): Promise<void> {
  const deadline = clock.nowMs() + timeoutMs;
  let last = 'no answer';
  while (clock.nowMs() < deadline) {
    signal?.throwIfAborted();
    assertRunning();
    try {
      const answer = await httpGet(`${url}/health`, ASK_MS);
      if (answer.status === 200 && answer.body.includes('"true"')) return;
      last = `${answer.status} ${answer.body.trim()}`;
    } catch (error) {
      last = errorMessage(error);
    }
    await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
  }
  throw new OperationError(`${url} was not healthy within ${timeoutMs / 1_000} s (${last}); ${lastWords()}`);
}

/** etcd's version at a client URL. Throws OperationError that says what is wrong with the endpoint. */
export async function versionAt(url: string, timeoutMs: number, tls?: TlsOptions): Promise<string> {
  const place = url.replace(/^https?:\/\//, '');
  let body: string;
  try {
    body = (await httpGet(`${url}/version`, timeoutMs, tls)).body;
  } catch (error) {
    throw new OperationError(`${place}: ${explain(error, url, timeoutMs)}`);
  }
  const version = versionIn(body);
  if (version === undefined)
    throw new OperationError(`${place}: answers, but is not etcd (no "etcdserver" in /version)`);
  return version;
}

function versionIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('etcdserver' in parsed)) return undefined;
    return typeof parsed.etcdserver === 'string' ? parsed.etcdserver : undefined;
  } catch {
    return undefined;
  }
}

function explain(error: unknown, url: string, timeoutMs: number): string {
  const code = errorCode(error);
  if (code === 'ECONNREFUSED') return 'refuses connections: is etcd running there?';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host';
  if (code === 'ABORT_ERR' || code === 'TimeoutError' || (error instanceof Error && error.name === 'TimeoutError')) {
    return `does not answer within ${timeoutMs / 1_000} s`;
  }
  if (url.startsWith('http:') && (code === 'ECONNRESET' || code?.startsWith('HPE_') === true)) {
    return 'speaks no plain HTTP: if it wants TLS, write https:// or give --cacert';
  }
  if (url.startsWith('https:') && (code === 'EPROTO' || code === 'ECONNRESET')) {
    return 'speaks no TLS: leave --cacert, --cert and --key away or write http://';
  }
  return errorMessage(error);
}

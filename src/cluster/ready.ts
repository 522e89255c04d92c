/** Waiting until a member serves, and asking what it is. */
import type { Clock } from '../base/clock.ts';
import type { TlsOptions } from '../client/control/index.ts';
import { OperationError, errorCode, errorMessage } from '../base/errors.ts';
import { httpGet } from './http.ts';
import type { MemberProcess } from './member-process.ts';

const POLL_MS = 50;
const ASK_MS = 2_000;

export interface Patience {
  readonly clock: Clock;
  readonly readyTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Resolves when /health says true. Throws OperationError with the member's last words where it ends, or takes too long. */
export async function awaitHealthy(
  member: Pick<MemberProcess, 'clientUrl' | 'assertRunning' | 'lastWords'>,
  { clock, readyTimeoutMs, signal }: Patience,
): Promise<void> {
  const untilMs = clock.nowMs() + readyTimeoutMs;
  let last = 'no answer';
  while (clock.nowMs() < untilMs) {
    signal?.throwIfAborted();
    member.assertRunning();
    try {
      const answer = await httpGet(`${member.clientUrl}/health`, ASK_MS);
      if (answer.status === 200 && answer.body.includes('"true"')) return;
      last = `${answer.status} ${answer.body.trim()}`;
    } catch (error) {
      last = errorMessage(error);
    }
    await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
  }
  throw new OperationError(
    `${member.clientUrl} was not healthy within ${readyTimeoutMs / 1_000} s (${last}); ${member.lastWords()}`,
  );
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
  // Node's names for a chain that ends at no CA that is trusted here.
  if (code !== undefined && /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)/.test(code)) {
    return `its certificate stands under no CA that is trusted here (${errorMessage(error)}): give its CA with --cacert`;
  }
  return errorMessage(error);
}

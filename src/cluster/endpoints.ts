/** A cluster that somebody else runs. */
import { UsageError } from '../base/errors.ts';
import { versionAt } from './ready.ts';
import type { Target, TargetSpec, TlsFiles } from './types.ts';

type EndpointsSpec = Extract<TargetSpec, { kind: 'endpoints' }>;

/** Every endpoint must answer and be etcd. */
export async function useEndpoints(spec: EndpointsSpec, timeoutMs: number): Promise<Target> {
  const urls = spec.endpoints.map((endpoint) => urlOf(endpoint, spec.tls));
  if (urls.length === 0) throw new UsageError('--endpoints: none given; write host:port,host:port');
  const versions = await Promise.all(urls.map((url) => versionAt(url, timeoutMs, spec.tls)));
  return {
    kind: 'endpoints',
    version: versions[0]!,
    endpoints: urls.map((url) => new URL(url).host),
    members: urls.map((url) => ({ name: new URL(url).host, clientUrl: url, metricsUrl: url })),
    ...(urls[0]!.startsWith('https:') ? { tls: spec.tls ?? {} } : {}),
    ...(spec.user === undefined ? {} : { user: spec.user }),
    settings: {},
    failure: () => undefined,
    stop: () => Promise.resolve(),
  };
}

/** `host:port` or a URL; a certificate authority says TLS where the scheme does not. */
function urlOf(endpoint: string, tls: TlsFiles | undefined): string {
  const text = endpoint.trim();
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1];
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new UsageError(`--endpoints: "${endpoint}": scheme "${scheme}" is not known; write http:// or https://`);
  }
  const url = scheme === undefined ? `${tls === undefined ? 'http' : 'https'}://${text}` : text;
  if (!URL.canParse(url) || new URL(url).port === '') {
    throw new UsageError(`--endpoints: "${endpoint}" is no endpoint; write host:port, such as 127.0.0.1:2379`);
  }
  return url.replace(/\/+$/, '');
}

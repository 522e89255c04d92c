/** A cluster that somebody else runs. */
import { UsageError } from '../base/errors.ts';
import { parseEndpoint } from '../client/control/index.ts';
import type { ControlOptions } from '../client/control/index.ts';
import { versionAt } from './ready.ts';
import type { Target } from './types.ts';

/** Every endpoint must answer and be etcd. */
export async function useEndpoints(connection: ControlOptions, timeoutMs: number): Promise<Target> {
  const urls = connection.endpoints.map((endpoint) => urlOf(endpoint, connection.tls !== undefined));
  if (urls.length === 0) throw new UsageError('--endpoints: none given; write host:port,host:port');
  const versions = await Promise.all(urls.map((url) => versionAt(url, timeoutMs, connection.tls)));
  return {
    kind: 'endpoints',
    version: versions[0]!,
    endpoints: urls.map((url) => new URL(url).host),
    members: urls.map((url) => ({ name: new URL(url).host, clientUrl: url, metricsUrl: url })),
    connection,
    settings: {},
    failure: () => undefined,
    stop: () => Promise.resolve(),
  };
}

/** TLS options say TLS where the scheme does not. */
function urlOf(endpoint: ControlOptions['endpoints'][number], withTls: boolean): string {
  const { text, address, secure } = typeof endpoint === 'string' ? parseEndpoint(endpoint) : endpoint;
  if ('path' in address) {
    throw new UsageError(`endpoint '${text}' is a unix socket: a load goes over TCP; give host:port`);
  }
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${(secure ?? withTls) ? 'https' : 'http'}://${host}:${address.port}`;
}

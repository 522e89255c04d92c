import { UsageError } from '../../base/errors.ts';

/** Where an etcd listens for clients. */
export interface Endpoint {
  /** As it was written. */
  readonly text: string;
  /** TCP, or a unix socket's path. */
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Said by the scheme; undefined where there was none and the TLS options decide. */
  readonly secure: boolean | undefined;
}

/**
 * `host:port`, `[v6]:port`, `http://host:port`, `https://host:port`, `unix:///path` or `unixs:///path`.
 *
 * @throws UsageError for anything else.
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(text)!;
  const [, scheme, rest = ''] = match;
  switch (scheme) {
    case undefined:
      return { text, address: hostAndPort(text, rest), secure: undefined };
    case 'http':
    case 'https':
      return { text, address: hostAndPort(text, rest.replace(/\/$/, '')), secure: scheme === 'https' };
    case 'unix':
    case 'unixs':
      if (rest === '') throw new UsageError(`endpoint '${text}' has no path: unix:///run/etcd.sock is the form`);
      return { text, address: { path: rest }, secure: scheme === 'unixs' };
    default:
      throw new UsageError(`endpoint '${text}' has the scheme ${scheme}: http, https, unix and unixs are possible`);
  }
}

function hostAndPort(text: string, rest: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:/@?#\s[\]]+)):(\d{1,5})$/.exec(rest);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) {
    throw new UsageError(`endpoint '${text}' is not host:port with a port from 1 to 65535, e.g. 127.0.0.1:2379`);
  }
  return { host: match[1] ?? match[2]!, port };
}

/**
 * Why an endpoint cannot be talked to, found out by hand once gRPC has given up: gRPC's own words do not tell a refused
 * connection from a server that wants TLS. One raw connection sends the opening of HTTP/2 and looks at the first bytes that
 * come back; where TLS is in question another one tries a handshake.
 */
import { connect as connectTcp, isIP, type NetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { errorCode, errorMessage } from '../../base/errors.ts';
import type { Endpoint } from './endpoint.ts';
import type { TlsOptions } from './settings.ts';

export type Reason =
  'refused' | 'unresolved' | 'silent' | 'wants-tls' | 'wants-plain' | 'certificate' | 'not-etcd' | 'lost';

export interface Diagnosis {
  readonly reason: Reason;
  /** One line, without the endpoint's name. */
  readonly text: string;
}

/** HTTP/2's preface and an empty SETTINGS frame (RFC 9113, 3.4). */
const OPENING = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const TLS_ALERT = 0x15;
const TLS_HANDSHAKE = 0x16;

/** Undefined where the endpoint answers as an HTTP/2 server: then the trouble lies elsewhere. */
export async function diagnose(
  endpoint: Endpoint,
  tls: TlsOptions | undefined,
  timeoutMs: number,
): Promise<Diagnosis | undefined> {
  const plain = await listen(endpoint, timeoutMs, tls === undefined ? OPENING : undefined);
  if (plain.error !== undefined) return connectionError(plain.error);
  if (tls !== undefined) return diagnoseTls(endpoint, tls, timeoutMs);
  const { bytes } = plain;
  if (bytes.length >= 9 && bytes[3] === 4) return undefined;
  if (bytes[0] === TLS_ALERT || bytes[0] === TLS_HANDSHAKE || /HTTPS server/.test(bytes.toString('latin1')))
    return WANTS_TLS;
  if (bytes.toString('latin1').startsWith('HTTP/')) {
    return { reason: 'not-etcd', text: 'answers with HTTP/1 where gRPC was asked for: it is not an etcd client port' };
  }
  if (bytes.length > 0)
    return { reason: 'not-etcd', text: 'answers with something that is not HTTP/2: it is not etcd' };
  // Nothing at all: a TLS server may close on a plain opening without a word.
  if ((await handshake(endpoint, { insecureSkipVerify: true }, timeoutMs)).spoke) return WANTS_TLS;
  return plain.closed
    ? { reason: 'lost', text: 'accepts the connection and closes it without a word' }
    : { reason: 'silent', text: `accepts the connection but says nothing within ${timeoutMs} ms` };
}

const WANTS_TLS: Diagnosis = {
  reason: 'wants-tls',
  text: 'speaks TLS where plain text was asked for: use https:// and --cacert',
};

const WANTS_PLAIN: Diagnosis = {
  reason: 'wants-plain',
  text: 'speaks plain text where TLS was asked for: use http://',
};

async function diagnoseTls(endpoint: Endpoint, tls: TlsOptions, timeoutMs: number): Promise<Diagnosis | undefined> {
  const { error, http2, spoke } = await handshake(endpoint, tls, timeoutMs);
  if (error === undefined) {
    if (http2) return undefined;
    return { reason: 'not-etcd', text: 'speaks TLS but not HTTP/2 in it: it is not an etcd client port' };
  }
  if (spoke) return { reason: 'certificate', text: `the TLS handshake fails: ${oneLine(error.message)}` };
  const plain = await listen(endpoint, timeoutMs, OPENING);
  if (plain.bytes.length > 0) return WANTS_PLAIN;
  return {
    reason: 'silent',
    text: `accepts the connection but does not answer a TLS handshake within ${timeoutMs} ms`,
  };
}

interface Heard {
  readonly bytes: Buffer;
  readonly closed: boolean;
  readonly error: Error | undefined;
}

const NO_CONNECTION = Object.assign(new Error('no connection within the timeout'), { code: 'ETIMEDOUT' });

/** Connects, sends `opening`, and collects what comes first; without an opening it only connects. */
function listen(endpoint: Endpoint, timeoutMs: number, opening: Buffer | undefined): Promise<Heard> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const socket = connectTcp(endpoint.address as NetConnectOpts);
    const done = (closed: boolean, error?: Error): void => {
      socket.destroy();
      resolve({ bytes, closed, error });
    };
    let connected = false;
    socket.setTimeout(timeoutMs, () => done(false, connected ? undefined : NO_CONNECTION));
    socket.on('connect', () => {
      connected = true;
      if (opening === undefined) done(false);
      else socket.write(opening);
    });
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length >= 9) done(false);
    });
    socket.on('error', (error) => done(true, connected ? undefined : error));
    socket.on('close', () => done(true));
  });
}

interface Handshake {
  readonly error: Error | undefined;
  /** Whether HTTP/2 was agreed on and answered. */
  readonly http2: boolean;
  /** Whether the other side answered in TLS at all. */
  readonly spoke: boolean;
}

function handshake(endpoint: Endpoint, tls: TlsOptions, timeoutMs: number): Promise<Handshake> {
  return new Promise((resolve) => {
    const { address } = endpoint;
    const socket = connectTls({
      ...address,
      ...('host' in address && isIP(address.host) === 0 ? { servername: address.host } : {}),
      ...definedOf({ ca: tls.ca, cert: tls.cert, key: tls.key }),
      rejectUnauthorized: tls.insecureSkipVerify !== true,
      ALPNProtocols: ['h2'],
    });
    let secure = false;
    const done = (error?: Error): void => {
      const http2 = secure && socket.alpnProtocol === 'h2' && error === undefined;
      socket.destroy();
      resolve({ error, http2, spoke: secure || (error !== undefined && isTlsError(error)) });
    };
    socket.setTimeout(timeoutMs, () => done(new Error('no answer')));
    socket.on('secureConnect', () => {
      secure = true;
      // A missing client certificate is only complained of after the handshake, so wait for what comes first.
      if (socket.alpnProtocol === 'h2') socket.write(OPENING);
      else done();
    });
    socket.on('data', () => done());
    socket.on('error', done);
    socket.on('close', () => done(new Error('closed by the other side')));
  });
}

/** An alert or a certificate that does not verify; not a broken connection, and not bytes that are no TLS. */
function isTlsError(error: Error): boolean {
  const code = errorCode(error) ?? '';
  if (/^E[A-Z]+$/.test(code) && code !== 'EPROTO') return false;
  return (
    code !== '' &&
    !/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|HTTPS_PROXY_REQUEST/.test(code + error.message)
  );
}

function connectionError(error: Error): Diagnosis {
  const code = errorCode(error);
  switch (code) {
    case 'ECONNREFUSED':
      return { reason: 'refused', text: 'refuses the connection: nothing listens there' };
    case 'ENOENT':
      return { reason: 'refused', text: 'there is no such socket file' };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { reason: 'silent', text: 'does not answer at all: the address or a firewall may be wrong' };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { reason: 'unresolved', text: 'the host name cannot be resolved' };
    default:
      return { reason: 'lost', text: `cannot be connected to: ${oneLine(errorMessage(error))}` };
  }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

/** Only the members that have a value, as exactOptionalPropertyTypes wants them. */
export function definedOf<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

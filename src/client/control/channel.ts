/** One endpoint's gRPC channel: dialled when first needed, with failures named by `diagnose`. */
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Client, connectivityState, credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { definedOf, diagnose, type Diagnosis } from './diagnose.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointError } from './errors.ts';
import type { TlsOptions } from './settings.ts';

/** A second look after a failure need not be as patient as the first. */
const DIAGNOSIS_TIMEOUT_MS = 500;

export class Channel {
  readonly endpoint: Endpoint;
  readonly #tls: TlsOptions | undefined;
  readonly #dialTimeoutMs: number;
  #client: Client | undefined;

  constructor(endpoint: Endpoint, tls: TlsOptions | undefined, dialTimeoutMs: number) {
    this.endpoint = endpoint;
    this.#tls = (endpoint.secure ?? tls !== undefined) ? (tls ?? {}) : undefined;
    this.#dialTimeoutMs = dialTimeoutMs;
  }

  /**
   * A client whose channel is connected.
   *
   * @throws EndpointError, unsent, where it cannot be within the dial timeout.
   */
  async ready(timeoutMs: number): Promise<Client> {
    const client = (this.#client ??= this.#create());
    const within = Math.min(timeoutMs, this.#dialTimeoutMs);
    if (await connected(client, within)) return client;
    this.close();
    const found = await this.diagnosis();
    const text = found?.text ?? `could not be connected to within ${Math.round(within)} ms`;
    throw new EndpointError(this.endpoint.text, found?.reason ?? 'silent', text, true);
  }

  diagnosis(): Promise<Diagnosis | undefined> {
    return diagnose(this.endpoint, this.#tls, Math.min(this.#dialTimeoutMs, DIAGNOSIS_TIMEOUT_MS));
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #create(): Client {
    return new Client(target(this.endpoint), this.#credentials(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // A closed channel leaves nothing behind for the next one: no shared backoff, no proxy out of the environment.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      // etcd refuses pings closer together than 5 s (--grpc-keepalive-min-time).
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 6_000,
      // An address is no name for SNI (RFC 6066, 3), but grpc-js would send it; the certificate is checked against it below.
      ...('host' in this.endpoint.address && isIP(this.endpoint.address.host) !== 0
        ? { 'grpc.ssl_target_name_override': 'localhost' }
        : {}),
    });
  }

  #credentials(): ChannelCredentials {
    const tls = this.#tls;
    if (tls === undefined) return credentials.createInsecure();
    const { address } = this.endpoint;
    const ip = 'host' in address && isIP(address.host) !== 0 ? address.host : undefined;
    return credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null, {
      ...definedOf({
        rejectUnauthorized: tls.insecureSkipVerify === true ? false : undefined,
        checkServerIdentity:
          ip === undefined ? undefined : (_name: string, cert: PeerCertificate) => checkServerIdentity(ip, cert),
      }),
    });
  }
}

/** In grpc-js's naming syntax. */
function target({ address }: Endpoint): string {
  if ('path' in address) return `unix:${address.path}`;
  if (isIP(address.host) === 6) return `ipv6:[${address.host}]:${address.port}`;
  return isIP(address.host) === 4 ? `ipv4:${address.host}:${address.port}` : `dns:${address.host}:${address.port}`;
}

async function connected(client: Client, timeoutMs: number): Promise<boolean> {
  const channel = client.getChannel();
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return true;
    if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) return false;
    const changed = await new Promise<boolean>((resolve) => {
      channel.watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
    });
    if (!changed) return false;
  }
}

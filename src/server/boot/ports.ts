/** The client ports (gRPC and HTTP on one), and those of HTTP alone. */
import { createServer as createHttp, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import { listen, type Port } from '../../wire/transport/port.ts';
import { serverTlsOptions } from '../../wire/transport/tls-files.ts';
import { guardTls, type RejectedConnection } from '../../wire/transport/tls-guard.ts';
import type { MemberConfig } from '../config/member-config.ts';
import type { MemberUrl } from '../config/values.ts';
import type { ClosingSteps } from './closing-steps.ts';
import { clientPortListener, memberHealth, statusRoute, type HttpRoute } from '../http/client-port.ts';
import { listenOn } from '../listen-on.ts';
import { logRejected } from '../rejected-connections.ts';
import type { MemberServices } from '../services.ts';

/** How long calls that are in work get to finish when the member stops. */
const DRAIN_MS = 1000;

export interface PortsOptions {
  readonly config: MemberConfig;
  readonly services: MemberServices;
  readonly ownVersion: string;
  /** Routes of the client port beside the status endpoints. */
  readonly routes: readonly HttpRoute[];
}

/** Opens every port; `closing` gets a step that closes each. Rejects with one line naming the URL that cannot be had. */
export async function openPorts(options: PortsOptions, closing: ClosingSteps): Promise<Port[]> {
  const { config, services, ownVersion, routes } = options;
  const status = statusRoute(memberHealth(services.member, ownVersion));
  const rules = { cors: config.cors, hostWhitelist: config.hostWhitelist };
  const ports: Port[] = [];
  const onRejected = logRejected(services.member.parts.log, 'client');
  closing.add('client ports', () => closePorts(ports, services));
  const isGrpcOnly = config.listenClientHttpUrls.length > 0;
  for (const { host, port, secure, alsoPlain } of sharedAddresses(config.listenClientUrls)) {
    const http = clientPortListener({ rules, isSecure: secure, routes: isGrpcOnly ? [] : [status, ...routes] });
    const tls = secure && config.clientTls !== undefined ? { tls: config.clientTls, alsoPlain } : {};
    ports.push(await listen({ host, port, grpc: services.grpc, http, onRejected, ...tls }));
  }
  const listenHttp = async (urls: readonly MemberUrl[], served: readonly HttpRoute[]): Promise<void> => {
    for (const url of urls) {
      const http = clientPortListener({ rules, isSecure: url.secure, routes: served });
      closing.add(`port of ${url.href}`, await listenPlain(url, http, config, onRejected));
    }
  };
  await listenHttp(config.listenClientHttpUrls, [status, ...routes]);
  await listenHttp(config.listenMetricsUrls, [status]);
  return ports;
}

interface SharedAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** Named with http:// too: one port serves both. */
  readonly alsoPlain: boolean;
}

function sharedAddresses(urls: readonly MemberUrl[]): SharedAddress[] {
  const shared = new Map<string, SharedAddress>();
  for (const { host, port, secure } of urls) {
    const known = shared.get(`${host} ${port}`);
    const isPlain = !secure || (known !== undefined && (!known.secure || known.alsoPlain));
    shared.set(`${host} ${port}`, { host, port, secure: secure || known?.secure === true, alsoPlain: isPlain });
  }
  return [...shared.values()];
}

async function closePorts(ports: readonly Port[], { grpc }: MemberServices): Promise<void> {
  for (const port of ports) port.close();
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    new Promise<void>((resolve) => grpc.drain(resolve)),
    new Promise<void>((resolve) => (timer = setTimeout(resolve, DRAIN_MS))),
  ]);
  clearTimeout(timer);
  for (const port of ports) port.destroy();
}

async function listenPlain(
  url: MemberUrl,
  listener: RequestListener,
  { clientTls }: MemberConfig,
  onRejected: (connection: RejectedConnection) => void,
): Promise<() => void> {
  let server: HttpServer;
  if (url.secure && clientTls !== undefined) {
    const secure = createHttps(serverTlsOptions(clientTls));
    guardTls(secure, { ...clientTls, onRejected });
    server = secure.on('request', listener);
  } else server = createHttp(listener);
  // Node's own list begins where HTTP does: it lacks connections that are still at their TLS handshake.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listenOn(server, url);
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

/** A gRPC server: methods by path, served over any byte duplex that is handed in. */
import type { Clock } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import type { Duplex } from '../../base/network.ts';
import { DEFAULT_LIMITS } from '../http2/limits.ts';
import type { ConnectionLimits } from '../http2/limits.ts';
import type { EndedCall, PeerInfo, StreamHandler, UnaryHandler } from './call.ts';
import { Deadlines } from './deadlines.ts';
import type { Metadata } from './metadata.ts';
import type { PlainHandler } from './plain-exchange.ts';
import { ServerConnection } from './server-connection.ts';
import type { StatusCode } from './status.ts';

/** What is told of the calls of a server; `path` may be one that is not served. */
export interface CallObserver {
  started(path: string, metadata: Metadata): void;
  /** A request message arrived. */
  received(path: string): void;
  /** A response message was handed in. */
  sent(path: string): void;
  ended(path: string, code: StatusCode): void;
  /** How long a call that has ended took. Without it calls are not timed. */
  readonly took?: (call: EndedCall, seconds: number) => void;
}

export interface ServerOptions {
  readonly clock: Clock;
  readonly limits?: Partial<ConnectionLimits>;
  /** A client must not ping more often than this while it has calls (etcd: 5 s). */
  readonly keepaliveMinTimeMs?: number;
  /** A client not heard from for this long is pinged (etcd: 2 h), … */
  readonly keepaliveTimeMs?: number;
  /** … and given up when it stays silent for this long (etcd: 20 s). */
  readonly keepaliveTimeoutMs?: number;
  /** Told of calls and messages as they come and go, for metrics. */
  readonly observer?: CallObserver;
  /** Told what a handler threw; its call has been answered with Internal. Without it the error ends the process. */
  readonly onHandlerError?: (error: unknown, path: string) => void;
}

export type MethodEntry =
  | { readonly kind: 'unary'; readonly handler: UnaryHandler }
  | { readonly kind: 'stream'; readonly handler: StreamHandler };

export class GrpcServer {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly deadlines: Deadlines;
  readonly keepaliveMinTimeMs: number;
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly observer: CallObserver | undefined;
  /** Bytes of request and response messages since the start. */
  receivedBytes = 0;
  sentBytes = 0;
  private readonly onHandlerError: ((error: unknown, path: string) => void) | undefined;
  private readonly methods = new Map<string, MethodEntry>();
  private readonly services = new Set<string>();
  private readonly connections = new Set<ServerConnection>();
  private drained: (() => void)[] = [];
  private isDraining = false;

  constructor(options: ServerOptions) {
    this.clock = options.clock;
    this.deadlines = new Deadlines(options.clock, (visit) => {
      for (const connection of this.connections) connection.forEachCall(visit);
    });
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.keepaliveMinTimeMs = options.keepaliveMinTimeMs ?? 5000;
    this.keepaliveTimeMs = options.keepaliveTimeMs ?? 7_200_000;
    this.keepaliveTimeoutMs = options.keepaliveTimeoutMs ?? 20_000;
    this.observer = options.observer;
    this.onHandlerError = options.onHandlerError;
    if (this.limits.streamWindowBytes < 65_535) throw new UsageError('streamWindowBytes: at least 65535');
  }

  /** `path` is `/package.Service/Method`. A method not named is answered with Unimplemented. */
  unary(path: string, handler: UnaryHandler): void {
    this.add(path, { kind: 'unary', handler });
  }

  stream(path: string, handler: StreamHandler): void {
    this.add(path, { kind: 'stream', handler });
  }

  private add(path: string, entry: MethodEntry): void {
    this.methods.set(path, entry);
    this.services.add(serviceOf(path) ?? '');
  }

  method(path: string): MethodEntry | undefined {
    return this.methods.get(path);
  }

  /** What is wrong with a path that no method has, in the words of grpc-go. */
  unservedPath(path: string): string {
    const service = serviceOf(path);
    if (service === undefined) return `malformed method name: ${JSON.stringify(path)}`;
    if (!this.services.has(service)) return `unknown service ${service}`;
    return `unknown method ${path.slice(service.length + 2)} for service ${service}`;
  }

  /**
   * Speaks HTTP/2 on a duplex until it closes; the preface is still to come. Requests that are not gRPC go to
   * `plainHandler`, or are refused with 415 where there is none.
   */
  serve(duplex: Duplex, peer: PeerInfo, plainHandler?: PlainHandler): void {
    const connection = new ServerConnection(this, duplex, peer, plainHandler, () => {
      this.connections.delete(connection);
      if (this.connections.size > 0) return;
      this.deadlines.rest();
      this.reportDrained();
    });
    this.connections.add(connection);
    if (this.isDraining) connection.drain();
  }

  /** It drains or is closed: new connections are turned away. */
  get isGoingAway(): boolean {
    return this.isDraining;
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /** Tells every client to go elsewhere, lets their calls finish, and calls `done` when the last connection has closed. */
  drain(done: () => void): void {
    this.isDraining = true;
    this.drained.push(done);
    if (this.connections.size === 0) this.reportDrained();
    for (const connection of [...this.connections]) connection.drain();
  }

  /** Ends every connection at once. */
  close(): void {
    this.isDraining = true;
    for (const connection of [...this.connections]) connection.shutdown();
  }

  reportHandlerError(error: unknown, path: string): void {
    if (this.onHandlerError !== undefined) this.onHandlerError(error, path);
    else {
      this.clock.soon(() => {
        throw error;
      });
    }
  }

  private reportDrained(): void {
    const waiting = this.drained;
    this.drained = [];
    for (const done of waiting) done();
  }
}

/** The service in `/service/method`; undefined where the path is none. */
function serviceOf(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  return path.startsWith('/') && slash > 0 ? path.slice(1, slash) : undefined;
}

/**
 * The load client on the hand-written wire. Calls go elsewhere while their connection is down, as the balancer of etcd's own
 * client has it: what was never sent is sent again until its deadline; what was sent and not answered is an error.
 */
import type { Clock } from '../../base/clock.ts';
import type { Network } from '../../base/network.ts';
import { METHODS } from '../../core/api/index.ts';
import type { LoadMethod, LoadRequest } from '../../core/workload/index.ts';
import { ClientPool, Metadata, PreparedMethod } from '../../wire/index.ts';
import type { GrpcError } from '../../wire/index.ts';
import { codecs } from '../../wire/messages/index.ts';
import { LeanCall, answered, failed } from './lean-call.ts';
import type { CallEnded } from './lean-call.ts';
import { RequestMessage } from './messages.ts';
import { Routes } from './routes.ts';
import type { LoadClient, LoadClientOptions, LoadCaller } from './types.ts';
import { deliver } from './watch-response.ts';

const METHOD_NAMES = [
  'range',
  'txn',
  'put',
  'compact',
  'leaseGrant',
  'leaseRevoke',
  'leaseKeepAlive',
  'status',
] as const satisfies readonly LoadMethod[];

/** Between attempts of a call that was never sent. Source: etcd clientv3, defaultBackoffWaitBetween. */
const RESEND_MS = 25;
/** Source: kube-apiserver's etcd client (storagebackend/factory): keepaliveTime 30 s, keepaliveTimeout 10 s. */
const KEEPALIVE = { keepaliveTimeMs: 30_000, keepaliveTimeoutMs: 10_000 };

export function leanLoadClient(
  options: LoadClientOptions,
  clock: Clock,
  network: Pick<Network, 'connect'>,
): LoadClient {
  const metadata = options.token === undefined ? Metadata.empty : Metadata.of({ token: options.token });
  const methods = Object.fromEntries(
    METHOD_NAMES.map((name) => [name, new PreparedMethod(METHODS[name].path, metadata)]),
  ) as Record<LoadMethod, PreparedMethod>;
  // As an apiserver opens its watches.
  const watchMethod = new PreparedMethod(METHODS.watch.path, metadata.with('hasleader', 'true'));
  const routes = new Routes(options.connections);
  const pool = new ClientPool({
    ...KEEPALIVE,
    onConnectionChange: (connection, state) => routes.changed(connection, state === 'ready'),
    endpoints: options.endpoints.map(addressOf),
    connections: options.connections,
    clock,
    network,
    secure: options.tls !== undefined,
  });
  let closed = false;
  /** Takes the call again later, if the error says that nobody has it and there is time left. */
  const resend = (error: GrpcError | undefined, deadlineMs: number, attempt: () => void): boolean => {
    if (error?.unprocessed !== true || closed || clock.nowMs() + RESEND_MS >= deadlineMs) return false;
    clock.after(RESEND_MS, attempt);
    return true;
  };

  // Both are used up before `start` of a connection returns: one of each serves all calls.
  const callOptions = { deadlineMs: 0 };
  const message = new RequestMessage();
  const unary = (request: LoadRequest, number: number, deadlineMs: number, nowMs: number, caller: LoadCaller): void => {
    const route = routes.from(number);
    const connection = pool.connectionAt(route);
    if (connection === undefined) {
      const error = pool.unavailableAt(route);
      clock.soon(() => ended(error, request, number, deadlineMs, caller));
      return;
    }
    callOptions.deadlineMs = deadlineMs;
    const method = methods[request.method];
    connection.start(
      new LeanCall(connection, method, message.of(request), callOptions, ended, request, number, caller),
      nowMs,
    );
  };

  /** Without an answer. */
  const ended: CallEnded = (error, request, number, deadlineMs, caller) => {
    if (!resend(error, deadlineMs, () => unary(request, number, deadlineMs, clock.nowMs(), caller)))
      failed(error, caller);
  };

  /** A stream for one request and one answer. */
  const keepAlive = (request: LoadRequest, number: number, deadlineMs: number, caller: LoadCaller): void => {
    let open = true;
    const stream = pool.stream(
      methods[request.method],
      {
        onMessage: (response) => {
          if (open) answered(request.method, response, 0, response.length, caller);
          open = false;
          stream.halfClose();
        },
        onEnd: (error) => {
          if (open && !resend(error, deadlineMs, () => keepAlive(request, number, deadlineMs, caller)))
            failed(error, caller);
          open = false;
        },
      },
      { connection: routes.from(number), deadlineMs },
    );
    stream.send(message.of(request));
  };

  return {
    call: (request, connection, nowMs, caller) => {
      const deadlineMs = nowMs + options.timeoutMs;
      if (request.method === 'leaseKeepAlive') keepAlive(request, connection, deadlineMs, caller);
      else unary(request, connection, deadlineMs, nowMs, caller);
    },
    watch: (createRequest, connection, handlers) => {
      let open = true;
      const stream = pool.stream(
        watchMethod,
        {
          onMessage: (response) => {
            if (open && !deliver(response, handlers)) open = false;
          },
          onEnd: (error) => {
            if (open) handlers.onEnd(error?.message ?? 'the server ended the stream', false);
            open = false;
          },
        },
        { connection: routes.from(connection) },
      );
      stream.send(codecs.WatchRequest.encode({ createRequest }));
      return {
        requestProgress: () => void stream.send(codecs.WatchRequest.encode({ progressRequest: {} })),
        close: () => {
          open = false;
          stream.cancel();
        },
      };
    },
    close: () => {
      closed = true;
      pool.close();
    },
  };
}

/** `host:port`, `[v6]:port`. */
function addressOf(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':');
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) };
}

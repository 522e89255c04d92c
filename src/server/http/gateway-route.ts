/**
 * The JSON gateway's place on the client port: its calls go over a connection in memory to this member's own gRPC server,
 * so that a request is checked, counted and answered exactly as one over the network.
 */
import type { Clock } from '../../base/clock.ts';
import { asError } from '../../base/errors.ts';
import { ApiError, type Method } from '../../core/api/index.ts';
import { isGatewayPath, serveGateway, type GatewayBackend, type GatewayCall } from '../../wire/gateway/index.ts';
import {
  ClientPool,
  GrpcError,
  memoryPair,
  Metadata,
  PreparedMethod,
  type CallOptions,
  type GrpcServer,
} from '../../wire/index.ts';
import type { HttpRoute } from './client-port.ts';
import { MessageQueue } from './message-queue.ts';

/** Tells the server that the call came through the gateway: a certificate's name does not count then. */
const GATEWAY_MARK = 'grpcgateway-accept';

export interface GatewayOptions {
  readonly grpc: GrpcServer;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
}

export function gatewayRoute({ grpc, clock, maxBodyBytes }: GatewayOptions): HttpRoute {
  const backend = gatewayBackend(grpc, clock);
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (!isGatewayPath(path)) return false;
    serveGateway(backend, request, response, maxBodyBytes).catch((error: unknown) => {
      response.destroy(asError(error));
    });
    return true;
  };
}

function gatewayBackend(grpc: GrpcServer, clock: Clock): GatewayBackend {
  let pool: ClientPool | undefined;
  const methods = new Map<string, PreparedMethod>();
  const open = (): ClientPool => {
    // Made on first use: most members never see a gateway request.
    pool ??= new ClientPool({
      endpoints: [{ host: 'localhost', port: 0 }],
      connections: 1,
      clock,
      network: {
        connect: (_address, onConnected) => {
          const [near, far] = memoryPair(clock);
          // A server that goes away takes no more calls: dialling it again and again would keep the process from ending.
          if (grpc.isGoingAway) clock.soon(() => pool?.close());
          grpc.serve(far, { remoteAddress: 'gateway', encrypted: false });
          clock.soon(onConnected);
          return near;
        },
      },
    });
    return pool;
  };
  const prepared = (path: string): PreparedMethod => {
    let method = methods.get(path);
    if (method === undefined) {
      method = new PreparedMethod(path);
      methods.set(path, method);
    }
    return method;
  };
  const optionsOf = (call: GatewayCall): CallOptions => {
    const metadata = metadataOf(call);
    return call.timeoutMs === undefined ? { metadata } : { metadata, deadlineMs: clock.nowMs() + call.timeoutMs };
  };
  return {
    invoke: (method, request, call) => unaryCall(open(), prepared(method.path), request, call, optionsOf(call)),
    stream: (method, requests, call) =>
      streamCall(open(), prepared(method.path), method, requests, call, optionsOf(call)),
  };
}

/** Ends with the client: nobody waits for the answer then. */
function unaryCall(
  pool: ClientPool,
  prepared: PreparedMethod,
  request: Uint8Array,
  call: GatewayCall,
  options: CallOptions,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => running.cancel();
    const running = pool.unary(prepared, request, options, (error, response) => {
      call.signal.removeEventListener('abort', cancel);
      if (error === undefined) resolve(Buffer.from(response));
      else reject(asApiError(error));
    });
    call.signal.addEventListener('abort', cancel, { once: true });
    if (call.signal.aborted) cancel();
  });
}

async function* streamCall(
  pool: ClientPool,
  prepared: PreparedMethod,
  method: Method,
  requests: AsyncIterable<Uint8Array>,
  call: GatewayCall,
  options: CallOptions,
): AsyncIterable<Uint8Array> {
  const queue = new MessageQueue();
  const stream = pool.stream(
    prepared,
    {
      onMessage: (message) => queue.push(Buffer.from(message)),
      onEnd: (error) => queue.end(error && asApiError(error)),
    },
    options,
  );
  const cancel = (): void => stream.cancel();
  call.signal.addEventListener('abort', cancel, { once: true });
  const sending = (async () => {
    for await (const request of requests) stream.send(request);
    stream.halfClose();
  })();
  sending.catch((error: unknown) => {
    queue.end(asError(error));
    stream.cancel();
  });
  try {
    yield* queue;
    // A request that could not be read ends a stream that its method would have ended well.
    if (method.streaming !== 'bidi') await sending;
  } finally {
    call.signal.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

function metadataOf({ token }: GatewayCall): Metadata {
  const marked = Metadata.of({ [GATEWAY_MARK]: 'application/json' });
  return token === undefined ? marked : marked.with('token', token);
}

function asApiError(error: unknown): Error {
  if (error instanceof GrpcError) return new ApiError('other', error.code, error.message);
  return asError(error);
}

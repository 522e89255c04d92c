/** The reference client: the same calls on @grpc/grpc-js, so that the lean client has something to be measured against. */
import { Client, Metadata, connectivityState, credentials } from '@grpc/grpc-js';
import type { ChannelCredentials, ServiceError } from '@grpc/grpc-js';
import { METHODS } from '../../core/api/index.ts';
import type { LoadRequest } from '../../core/workload/index.ts';
import { codecs } from '../../wire/messages/index.ts';
import { NO_REPLY, digest } from './digest.ts';
import { RequestMessage, loadError, pathOf } from './messages.ts';
import type { LoadClient, LoadClientOptions, LoadCaller } from './types.ts';
import { deliver } from './watch-response.ts';

const raw = (bytes: Buffer): Buffer => bytes;

/** A client on `options.connections` channels of their own. */
export function grpcJsLoadClient(options: LoadClientOptions): LoadClient {
  const security = securityOf(options);
  const clients = Array.from({ length: options.connections }, (_, i) => {
    const endpoint = options.endpoints[i % options.endpoints.length]!;
    // Channels to one address share a connection unless told not to.
    return new Client(endpoint, security, {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
    });
  });
  /** While its channel is down, the next whose channel is up; a channel that is idle or on its way up takes its own calls. */
  const clientOf = (number: number): Client => {
    const own = clients[number % clients.length]!;
    if (stateOf(own) !== connectivityState.TRANSIENT_FAILURE) return own;
    return clients.find((client) => stateOf(client) === connectivityState.READY) ?? own;
  };
  const metadata = new Metadata();
  if (options.token !== undefined) metadata.set('token', options.token);

  const keepAlive = (request: LoadRequest, connection: number, caller: LoadCaller): void => {
    const stream = clientOf(connection).makeBidiStreamRequest(pathOf(request.method), raw, raw, metadata, {
      deadline: Date.now() + options.timeoutMs,
    });
    let answered = false;
    stream.on('data', (response: Buffer) => {
      answered = true;
      caller.answered(undefined, digest(request.method, response));
      stream.end();
    });
    stream.on('error', (error: ServiceError) => {
      if (!answered) caller.answered(loadError(error.code, error.details), NO_REPLY);
    });
    stream.write(encode(request));
  };

  return {
    call: (request, connection, _nowMs, caller) => {
      if (request.method === 'leaseKeepAlive') {
        keepAlive(request, connection, caller);
        return;
      }
      clientOf(connection).makeUnaryRequest(
        pathOf(request.method),
        raw,
        raw,
        encode(request),
        metadata,
        { deadline: Date.now() + options.timeoutMs },
        (error, response) => {
          if (error === null && response !== undefined) caller.answered(undefined, digest(request.method, response));
          else caller.answered(loadError(error?.code ?? 2, error?.details ?? 'no answer'), NO_REPLY);
        },
      );
    },
    watch: (createRequest, connection, handlers) => {
      const stream = clientOf(connection).makeBidiStreamRequest(METHODS.watch.path, raw, raw, watchMetadata(metadata));
      let closed = false;
      stream.on('data', (response: Buffer) => {
        if (!closed && !deliver(response, handlers)) closed = true;
      });
      stream.on('error', (error: ServiceError) => {
        if (!closed) handlers.onEnd(error.details, false);
        closed = true;
      });
      stream.write(codecs.WatchRequest.encode({ createRequest }));
      return {
        requestProgress: () => void stream.write(codecs.WatchRequest.encode({ progressRequest: {} })),
        close: () => {
          closed = true;
          stream.cancel();
        },
      };
    },
    close: () => clients.forEach((client) => client.close()),
  };
}

function stateOf(client: Client): connectivityState {
  return client.getChannel().getConnectivityState(false);
}

function encode(request: LoadRequest): Buffer {
  const { size, write } = new RequestMessage().of(request);
  const bytes = Buffer.allocUnsafe(size);
  write(bytes, 0);
  return bytes;
}

/** As an apiserver opens its watches. */
function watchMetadata(metadata: Metadata): Metadata {
  const own = metadata.clone();
  own.set('hasleader', 'true');
  return own;
}

function securityOf({ tls }: LoadClientOptions): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const bytes = (part: Uint8Array | undefined): Buffer | null => (part === undefined ? null : Buffer.from(part));
  const rejectUnauthorized = tls.insecureSkipVerify !== true;
  return credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert), { rejectUnauthorized });
}

/** The load client on the hand-written wire. */
import type { Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Network } from '../../base/network.ts';
import { METHODS } from '../../core/api/index.ts';
import type { LoadMethod, LoadRequest } from '../../core/workload/index.ts';
import { ClientPool, Metadata, PreparedMethod } from '../../wire/index.ts';
import type { GrpcError } from '../../wire/index.ts';
import { codecs } from '../../wire/messages/index.ts';
import { NO_REPLY, digest } from './digest.ts';
import { loadError, messageOf } from './messages.ts';
import type { LoadClient, LoadClientOptions, LoadDone } from './types.ts';
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

/** gRPC's Internal: an answer that cannot be read is the server's fault. */
const INTERNAL = 13;

export function leanLoadClient(
  options: LoadClientOptions,
  clock: Clock,
  network: Pick<Network, 'connect'>,
): LoadClient {
  const metadata = options.token === undefined ? Metadata.empty : Metadata.of({ token: options.token });
  const methods = new Map<LoadMethod, PreparedMethod>(
    METHOD_NAMES.map((name) => [name, new PreparedMethod(METHODS[name].path, metadata)]),
  );
  // As an apiserver opens its watches.
  const watchMethod = new PreparedMethod(METHODS.watch.path, metadata.with('hasleader', 'true'));
  const pool = new ClientPool({
    endpoints: options.endpoints.map(addressOf),
    connections: options.connections,
    clock,
    network,
    secure: options.tls !== undefined,
  });
  const callOptions = (connection: number) => ({
    connection: connection % options.connections,
    deadlineMs: clock.nowMs() + options.timeoutMs,
  });

  const answered = (method: LoadMethod, response: Uint8Array, done: LoadDone): void => {
    let reply;
    try {
      reply = digest(method, response);
    } catch (error) {
      done(loadError(INTERNAL, `an answer that cannot be read: ${errorMessage(error)}`), NO_REPLY);
      return;
    }
    done(undefined, reply);
  };

  const keepAlive = (request: LoadRequest, connection: number, done: LoadDone): void => {
    let open = true;
    const finish = (error: GrpcError | undefined, response?: Uint8Array): void => {
      if (!open) return;
      open = false;
      if (response !== undefined) answered(request.method, response, done);
      else done(loadError(error?.code ?? INTERNAL, error?.message ?? 'the stream ended without an answer'), NO_REPLY);
    };
    const stream = pool.stream(
      methods.get(request.method)!,
      {
        onMessage: (response) => {
          finish(undefined, response);
          stream.halfClose();
        },
        onEnd: (error) => finish(error),
      },
      callOptions(connection),
    );
    stream.send(messageOf(request));
  };

  return {
    call: (request, connection, done) => {
      if (request.method === 'leaseKeepAlive') {
        keepAlive(request, connection, done);
        return;
      }
      pool.unary(methods.get(request.method)!, messageOf(request), callOptions(connection), (error, response) => {
        if (error === undefined) answered(request.method, response, done);
        // What the server says it never began cannot have happened.
        else done({ ...loadError(error.code, error.message), ...unprocessed(error) }, NO_REPLY);
      });
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
        { connection: connection % options.connections },
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
    close: () => pool.close(),
  };
}

function unprocessed(error: GrpcError): { mayHaveHappened?: false } {
  return error.unprocessed ? { mayHaveHappened: false } : {};
}

/** `host:port`, `[v6]:port`. */
function addressOf(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':');
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) };
}

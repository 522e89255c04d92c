import { UsageError } from '../../base/errors.ts';
import { METHODS, type Message, type MessageInput, type MethodName, type MethodsThat } from '../../core/api/index.ts';
import { Caller, Session, type CallOptions } from './caller.ts';
import { Channel } from './channel.ts';
import { parseEndpoint, type Endpoint } from './endpoint.ts';
import { DEFAULT_DIAL_TIMEOUT_MS, type ControlOptions } from './settings.ts';
import type { BidiStream, ServerStream } from './streams.ts';

type RequestOf<M extends MethodName> = MessageInput<(typeof METHODS)[M]['request']>;
type ResponseOf<M extends MethodName> = Message<(typeof METHODS)[M]['response']>;

type UnaryCalls = {
  readonly [M in MethodsThat<'unary'>]: (request: RequestOf<M>, options?: CallOptions) => Promise<ResponseOf<M>>;
};
type ServerStreamCalls = {
  readonly [M in MethodsThat<'serverStream'>]: (
    request: RequestOf<M>,
    options?: CallOptions,
  ) => Promise<ServerStream<ResponseOf<M>>>;
};
type BidiCalls = {
  readonly [M in MethodsThat<'bidi'>]: (options?: CallOptions) => Promise<BidiStream<RequestOf<M>, ResponseOf<M>>>;
};

/** Every RPC of etcd by the name that it has in `METHODS`. */
export type ControlCalls = UnaryCalls & ServerStreamCalls & BidiCalls;

export type ControlClient = ControlCalls & {
  readonly endpoints: readonly Endpoint[];
  /** The same calls, each to that one endpoint: for Status, Defragment and others that concern one member. */
  at(endpoint: string): ControlCalls;
  close(): void;
};

/**
 * A client for control calls. It connects when first used, and stays with the endpoint that answered until that one fails.
 *
 * Every call rejects with ApiError for what etcd answered, with EndpointError (an OperationError) where an endpoint cannot be
 * reached, is not etcd, or does not answer in time. A call goes to the next endpoint only if it had not left for the first, or
 * if it changes nothing and the connection was lost under it.
 *
 * @throws UsageError for an endpoint that is none.
 */
export function connectControl(options: ControlOptions): ControlClient {
  const endpoints = options.endpoints.map((one) => (typeof one === 'string' ? parseEndpoint(one) : one));
  if (endpoints.length === 0) throw new UsageError('no endpoint is given: host:port,... is wanted');
  const dialTimeoutMs = options.dialTimeoutMs ?? DEFAULT_DIAL_TIMEOUT_MS;
  const channels = endpoints.map((endpoint) => new Channel(endpoint, options.tls, dialTimeoutMs));
  const session = new Session(options.user);
  return {
    ...callsOver(new Caller(channels, session, options.timeoutMs)),
    endpoints,
    at(endpoint) {
      const channel = channels.find((one) => one.endpoint.text === endpoint);
      if (channel === undefined) throw new UsageError(`${endpoint} is not one of the client's endpoints`);
      return callsOver(new Caller([channel], session, options.timeoutMs));
    },
    close() {
      for (const channel of channels) channel.close();
    },
  };
}

function callsOver(caller: Caller): ControlCalls {
  const calls: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(METHODS)) {
    if (method.streaming === 'unary') {
      calls[name] = (request: object, options?: CallOptions) => caller.unary(method, request, options);
    } else if (method.streaming === 'serverStream') {
      calls[name] = (request: object, options?: CallOptions) => caller.serverStream(method, request, options);
    } else {
      calls[name] = (options?: CallOptions) => caller.bidi(method, options);
    }
  }
  // The table gives each method its messages, and the mapped types above give them to the compiler.
  return calls as ControlCalls;
}

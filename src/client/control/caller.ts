import { Metadata, status, type Client, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { OperationError } from '../../base/errors.ts';
import {
  METHODS,
  ApiError,
  type Message,
  type MessageInput,
  type MessageName,
  type Method,
} from '../../core/api/index.ts';
import { codecs, type Codec } from '../../wire/messages/index.ts';
import type { Channel } from './channel.ts';
import { EndpointError, answeredError, isServiceError } from './errors.ts';
import { DEFAULT_COMMAND_TIMEOUT_MS, type ControlOptions } from './settings.ts';
import { bidiStream, serverStream, type BidiStream, type ServerStream } from './streams.ts';

export interface CallOptions {
  /** Instead of the client's own timeout. Streams have none unless one is given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Metadata beside the token, e.g. `{ hasleader: 'true' }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

type Request = MessageInput<MessageName>;
type Response = Message<MessageName>;

/** Calls that change nothing. Source: etcd clientv3, retry.go: these have its policy `repeatable`. */
const REPEATABLE: ReadonlySet<Method> = new Set<Method>([
  METHODS.range,
  METHODS.leaseTimeToLive,
  METHODS.leaseLeases,
  METHODS.memberList,
  METHODS.status,
  METHODS.hash,
  METHODS.hashKV,
]);
const LOST_REASONS: ReadonlySet<EndpointError['reason']> = new Set(['lost', 'refused', 'silent']);

/** Errors after which etcd's own client authenticates again, once. */
const TOKEN_EXPIRED: readonly string[] = ['invalidAuthToken', 'authRevisionOld'];

/** The token that a user got, shared by all the calls of one client. */
export class Session {
  readonly #user: ControlOptions['user'];
  #token: Promise<string | undefined> | undefined;

  constructor(user: ControlOptions['user']) {
    this.#user = user;
  }

  token(client: Client, timeoutMs: number): Promise<string | undefined> {
    const user = this.#user;
    if (user === undefined) return Promise.resolve(undefined);
    this.#token ??= invoke(client, METHODS.authenticate, user, new Metadata(), timeoutMs, undefined).then(
      (answer) => (answer as Message<'AuthenticateResponse'>).token,
      (error: unknown) => {
        this.#token = undefined;
        // As etcd's client has it: a user where none is needed is no mistake.
        const details = isServiceError(error) ? error.details : '';
        if (details === 'etcdserver: authentication is not enabled') return undefined;
        throw error;
      },
    );
    return this.#token;
  }

  /** Whether after `error` a new token may help; it is then fetched by the next call. */
  renewable(error: unknown): boolean {
    if (this.#user === undefined || !(error instanceof ApiError) || !TOKEN_EXPIRED.includes(error.name)) return false;
    this.#token = undefined;
    return true;
  }
}

/** Makes calls over one or several endpoints. */
export class Caller {
  readonly #channels: readonly Channel[];
  readonly #session: Session;
  readonly #timeoutMs: number;
  /** The endpoint that answered last. */
  #current = 0;

  constructor(channels: readonly Channel[], session: Session, timeoutMs = DEFAULT_COMMAND_TIMEOUT_MS) {
    this.#channels = channels;
    this.#session = session;
    this.#timeoutMs = timeoutMs;
  }

  async unary(method: Method, request: Request, options: CallOptions = {}): Promise<Response> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const remaining = countdown(timeoutMs);
    return this.#somewhere(remaining, REPEATABLE.has(method), async (channel, client) => {
      for (let attempt = 0; ; attempt++) {
        try {
          const metadata = await this.#metadata(client, remaining(), options);
          return await invoke(client, method, request, metadata, remaining(), options.signal);
        } catch (error) {
          const failure = await failureOf(channel, method.path, error, timeoutMs, options.signal);
          if (attempt === 0 && this.#session.renewable(failure)) continue;
          throw failure;
        }
      }
    });
  }

  serverStream(method: Method, request: Request, options: CallOptions = {}): Promise<ServerStream<Response>> {
    return this.#stream(method, options, (client, metadata, callOptions) =>
      client.makeServerStreamRequest(
        method.path,
        serializer(method),
        deserializer(method),
        request,
        metadata,
        callOptions,
      ),
    ).then(({ call, translate }) => serverStream(call, translate));
  }

  bidi(method: Method, options: CallOptions = {}): Promise<BidiStream<Request, Response>> {
    return this.#stream(method, options, (client, metadata, callOptions) =>
      client.makeBidiStreamRequest(method.path, serializer(method), deserializer(method), metadata, callOptions),
    ).then(({ call, translate }) => bidiStream(call, translate));
  }

  #stream<C extends ClientReadableStream<Response>>(
    method: Method,
    options: CallOptions,
    open: (client: Client, metadata: Metadata, callOptions: { deadline?: number }) => C,
  ): Promise<{ call: C; translate: (error: unknown) => Promise<Error> }> {
    const remaining = countdown(this.#timeoutMs);
    const { signal, timeoutMs } = options;
    return this.#somewhere(remaining, false, async (channel, client) => {
      signal?.throwIfAborted();
      const translate = (error: unknown): Promise<Error> =>
        failureOf(channel, method.path, error, timeoutMs ?? this.#timeoutMs, signal);
      const metadata = await this.#metadata(client, remaining(), options).catch(async (error: unknown) => {
        throw await translate(error);
      });
      const call = open(client, metadata, timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs });
      const abort = (): void => call.cancel();
      signal?.addEventListener('abort', abort, { once: true });
      call.on('status', () => signal?.removeEventListener('abort', abort));
      return { call, translate };
    });
  }

  async #metadata(client: Client, timeoutMs: number, options: CallOptions): Promise<Metadata> {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
    const token = await this.#session.token(client, timeoutMs);
    if (token !== undefined) metadata.set('token', token);
    return metadata;
  }

  /**
   * Runs `body` against the first endpoint that can be reached, beginning with the one that answered last. What is
   * `repeatable` goes to the next one too when the connection is lost under it: a member may die at any time.
   */
  async #somewhere<T>(
    remaining: () => number,
    repeatable: boolean,
    body: (channel: Channel, client: Client) => Promise<T>,
  ): Promise<T> {
    const failures: EndpointError[] = [];
    const first = this.#current;
    for (let i = 0; i < this.#channels.length; i++) {
      const index = (first + i) % this.#channels.length;
      const channel = this.#channels[index]!;
      try {
        const result = await body(channel, await channel.ready(remaining()));
        this.#current = index;
        return result;
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        const mayGoOn = error.unsent || (repeatable && LOST_REASONS.has(error.reason));
        if (!mayGoOn) throw error;
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0]!;
    throw new OperationError(`no endpoint can be reached: ${failures.map(({ message }) => message).join('; ')}`);
  }
}

/** What is left of a timeout that began now; never less than a millisecond, so that a call still fails as a call does. */
function countdown(timeoutMs: number): () => number {
  const start = performance.now();
  return () => Math.max(1, timeoutMs - (performance.now() - start));
}

function serializer(method: Method): (request: Request) => Buffer {
  const codec = codecs[method.request] as unknown as Codec<MessageName>;
  return (request) => codec.encode(request);
}

function deserializer(method: Method): (bytes: Buffer) => Response {
  const codec = codecs[method.response] as unknown as Codec<MessageName>;
  return (bytes) => codec.decode(bytes);
}

function invoke(
  client: Client,
  method: Method,
  request: Request,
  metadata: Metadata,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const call = client.makeUnaryRequest(
      method.path,
      serializer(method),
      deserializer(method),
      request,
      metadata,
      // gRPC's deadlines are wall-clock instants.
      { deadline: Date.now() + timeoutMs },
      (error: ServiceError | null, response?: Response) => {
        signal?.removeEventListener('abort', abort);
        if (error === null && response !== undefined) resolve(response);
        else reject(error ?? new OperationError(`${method.path} was answered with nothing`));
      },
    );
    const abort = (): void => call.cancel();
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** The error to show for what grpc-js threw. */
async function failureOf(
  channel: Channel,
  path: string,
  error: unknown,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Error> {
  if (signal?.aborted && signal.reason instanceof Error) return signal.reason;
  if (!isServiceError(error)) return error instanceof Error ? error : new OperationError(String(error));
  const endpoint = channel.endpoint.text;
  const answered = answeredError(endpoint, path, error);
  if (answered !== undefined) return answered;
  const unsent = error.code === status.UNAVAILABLE && error.details.startsWith('No connection established');
  const found = await channel.diagnosis();
  if (found !== undefined) return new EndpointError(endpoint, found.reason, found.text, unsent);
  if (error.code === status.DEADLINE_EXCEEDED) {
    return new EndpointError(endpoint, 'deadline', `did not answer ${path} within ${timeoutMs} ms`, false);
  }
  return new EndpointError(endpoint, 'lost', `lost the connection during ${path}: ${error.details}`, unsent);
}

import { ApiError, DecodeError, GrpcCode, type MessageName, type Method } from '../../core/api/index.ts';
import { parseTimeout } from '../grpc/timeout.ts';
import { codecs, type Codec } from '../messages/index.ts';
import { httpStatusOf } from './http-status.ts';
import { JsonError } from './json-error.ts';
import { messageFromJson } from './json-input.ts';
import { jsonFromMessage } from './json-output.ts';
import { JsonSplitter, parseJson } from './json-text.ts';
import { methodOf } from './routes.ts';

export interface GatewayCall {
  /** The user's token, as gRPC's `token` metadata carries it. */
  readonly token: string | undefined;
  /** How long the client waits for the end of the call. */
  readonly timeoutMs: number | undefined;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** What stands behind the gateway: calls by encoded messages. A thrown ApiError keeps its code and message. */
export interface GatewayBackend {
  invoke(method: Method, request: Uint8Array, call: GatewayCall): Promise<Uint8Array>;
  /** Server-streaming methods get one request; `requests` ends where the client's body does. */
  stream(method: Method, requests: AsyncIterable<Uint8Array>, call: GatewayCall): AsyncIterable<Uint8Array>;
}

export interface GatewayRequest extends Omit<GatewayCall, 'timeoutMs'> {
  readonly httpMethod: string;
  /** Without the query. */
  readonly path: string;
  /** The header `Grpc-Timeout`. */
  readonly timeout: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface GatewayResponse {
  readonly status: number;
  readonly contentType: string;
  /** A whole body, or the lines of a stream. */
  readonly body: string | AsyncIterable<string>;
}

/** JSON in base64 is a third longer than what it carries; etcd takes messages of 1.5 MiB + 512 KiB. */
export const DEFAULT_MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Answers one request of the JSON gateway. Never rejects: whatever goes wrong is an answer. */
export async function answer(
  backend: GatewayBackend,
  request: GatewayRequest,
  maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
): Promise<GatewayResponse> {
  const method = methodOf(request.path);
  if (method === undefined) return refusal(GrpcCode.NOT_FOUND, 'Not Found');
  // As etcd has it from 3.6 on: 501, not 405.
  if (request.httpMethod !== 'POST') return refusal(GrpcCode.UNIMPLEMENTED, 'Method Not Allowed');
  try {
    const { token, signal, body } = request;
    const call = { token, signal, timeoutMs: timeoutOf(request) };
    if (method.streaming === 'unary') return await unary(backend, method, body, call, maxBodyBytes);
    return await streaming(backend, method, body, call, maxBodyBytes);
  } catch (error) {
    const { code, message } = asApiError(error);
    // etcd 3.4 and 3.5 say `error`, 3.6 and later only code and message; both find theirs here.
    const body = JSON.stringify({ error: message, message, code });
    return { status: httpStatusOf(code), contentType: JSON_TYPE, body };
  }
}

function timeoutOf({ timeout }: GatewayRequest): number | undefined {
  if (timeout === undefined) return undefined;
  const timeoutMs = parseTimeout(timeout);
  if (timeoutMs === undefined) {
    throw new ApiError('other', GrpcCode.INVALID_ARGUMENT, `invalid grpc-timeout: ${timeout}`);
  }
  return timeoutMs;
}

const NOTHING = Buffer.alloc(0);
const JSON_TYPE = 'application/json';

/** Of what is no call. */
function refusal(code: GrpcCode, message: string): GatewayResponse {
  return { status: httpStatusOf(code), contentType: JSON_TYPE, body: JSON.stringify({ code, message }) };
}

async function unary(
  backend: GatewayBackend,
  method: Method,
  body: AsyncIterable<Uint8Array>,
  call: GatewayCall,
  maxBodyBytes: number,
): Promise<GatewayResponse> {
  // One value counts, whatever stands behind it; no body at all is an empty message.
  const only = await requestsIn(method, body, maxBodyBytes).next();
  const response = await backend.invoke(method, only.done ? NOTHING : only.value, call);
  return { status: 200, contentType: JSON_TYPE, body: JSON.stringify(responseJson(method, response)) };
}

async function streaming(
  backend: GatewayBackend,
  method: Method,
  body: AsyncIterable<Uint8Array>,
  call: GatewayCall,
  maxBodyBytes: number,
): Promise<GatewayResponse> {
  const requests = requestsIn(method, body, maxBodyBytes);
  // The first request is read here, because an error in it is still an answer of its own.
  const opening = await requests.next();
  const given =
    method.streaming === 'bidi' ? following(opening, requests) : justOne(opening.done ? NOTHING : opening.value);
  const responses = backend.stream(method, given, call)[Symbol.asyncIterator]();
  // Until the first answer the HTTP status is still open for an error.
  const first: IteratorResult<Uint8Array> = await responses.next();
  return { status: 200, contentType: JSON_TYPE, body: lines(method, first, responses) };
}

async function* lines(
  method: Method,
  first: IteratorResult<Uint8Array>,
  responses: AsyncIterator<Uint8Array>,
): AsyncGenerator<string> {
  try {
    for (let next = first; next.done !== true; next = await responses.next()) {
      yield `${JSON.stringify({ result: responseJson(method, next.value) })}\n`;
    }
  } catch (error) {
    const { code, message } = asApiError(error);
    // grpc_code and http_code are what etcd 3.4 and 3.5 say, code what later ones do.
    yield `${JSON.stringify({ error: { grpc_code: code, http_code: httpStatusOf(code), code, message } })}\n`;
  } finally {
    await responses.return?.();
  }
}

/** The messages of a body, encoded, as they become complete. What follows a value that is none fails when it is reached. */
async function* requestsIn(
  method: Method,
  body: AsyncIterable<Uint8Array>,
  maxBodyBytes: number,
): AsyncGenerator<Uint8Array, void> {
  const codec = codecs[method.request] as unknown as Codec<MessageName>;
  const encode = (text: string): Uint8Array => codec.encode(messageFromJson(method.request, parseJson(text)));
  const splitter = new JsonSplitter();
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    for (const value of splitter.push(decoder.decode(chunk, { stream: true }))) yield encode(value);
    if (splitter.pendingLength > maxBodyBytes) {
      throw new ApiError('other', GrpcCode.RESOURCE_EXHAUSTED, `a request of more than ${maxBodyBytes} bytes of JSON`);
    }
  }
  const rest = splitter.end();
  if (rest !== undefined) yield encode(rest);
}

/** The first request and those behind it. One that cannot be read ends the requests, as it does in etcd; the answers go on. */
async function* following(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array> {
  if (first.done) return;
  yield first.value;
  try {
    yield* rest;
  } catch {
    return;
  }
}

async function* justOne(item: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(item);
}

function responseJson(method: Method, response: Uint8Array): Record<string, unknown> {
  const codec = codecs[method.response] as unknown as Codec<MessageName>;
  return jsonFromMessage(method.response, codec.decode(response));
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof JsonError || error instanceof DecodeError) {
    return new ApiError('other', GrpcCode.INVALID_ARGUMENT, error.message);
  }
  return new ApiError('other', GrpcCode.UNKNOWN, error instanceof Error ? error.message : String(error));
}

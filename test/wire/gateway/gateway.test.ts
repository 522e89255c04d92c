import { describe, expect, it } from 'vitest';
import { apiError, ApiError, METHODS, type Method } from '../../../src/core/api/index.ts';
import { codecs } from '../../../src/wire/messages/index.ts';
import { answer, isGatewayPath, type GatewayBackend, type GatewayRequest } from '../../../src/wire/gateway/index.ts';

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function request(path: string, body: AsyncIterable<Uint8Array>, over: Partial<GatewayRequest> = {}): GatewayRequest {
  return {
    httpMethod: 'POST',
    path,
    body,
    token: undefined,
    timeout: undefined,
    signal: new AbortController().signal,
    ...over,
  };
}

const refusing: GatewayBackend = {
  invoke: () => Promise.reject(new Error('not asked for')),
  stream: () => {
    throw new Error('not asked for');
  },
};

/** Answers watches: one response for each request, with its watch id counted up. */
const counting: GatewayBackend = {
  ...refusing,
  async *stream(_method, requests) {
    let watchId = 0n;
    for await (const bytes of requests) {
      codecs.WatchRequest.decode(bytes);
      yield codecs.WatchResponse.encode({ watchId: ++watchId, created: true });
    }
  },
};

async function linesOf(body: string | AsyncIterable<string>): Promise<unknown[]> {
  if (typeof body === 'string') throw new Error(`not a stream: ${body}`);
  const lines: unknown[] = [];
  for await (const line of body) {
    expect(line.endsWith('\n')).toBe(true);
    lines.push(JSON.parse(line));
  }
  return lines;
}

describe('the gateway', () => {
  it('knows its paths', async () => {
    expect(['/v3/kv/put', '/v3beta/x', '/v3alpha/kv/put', '/v3', '/health'].map(isGatewayPath)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(await answer(refusing, request('/v3/nothing', chunks('{}')))).toMatchObject({
      status: 404,
      contentType: 'application/json',
      body: '{"code":5,"message":"Not Found"}',
    });
    const wrongMethod = await answer(refusing, request('/v3/kv/put', chunks(), { httpMethod: 'GET' }));
    expect(wrongMethod).toMatchObject({ status: 501, body: '{"code":12,"message":"Method Not Allowed"}' });
  });

  it('passes a call on, with its token', async () => {
    const seen: unknown[] = [];
    const backend: GatewayBackend = {
      ...refusing,
      async invoke(method, bytes, { token }) {
        seen.push(method.path, codecs.PutRequest.decode(bytes).key, token);
        return codecs.PutResponse.encode({ header: { revision: 7 } });
      },
    };
    const body = chunks('{"key":', '"YQ=="} whatever follows');
    const put = await answer(backend, request('/v3beta/kv/put', body, { token: 'secret' }));
    expect(put).toEqual({ status: 200, contentType: 'application/json', body: '{"header":{"revision":"7"}}' });
    expect(seen).toEqual([METHODS.put.path, 'a', 'secret']);
  });

  it('takes no body for an empty message', async () => {
    const backend = {
      ...refusing,
      invoke: async (_: Method, bytes: Uint8Array) => codecs.HashResponse.encode({ hash: bytes.length }),
    };
    expect(await answer(backend, request('/v3/maintenance/hash', chunks()))).toMatchObject({ status: 200, body: '{}' });
  });

  it.each([
    [apiError('leaseNotFound'), 404, 5],
    [apiError('compacted'), 400, 11],
    [apiError('rootUserNotExist'), 400, 9],
    [apiError('invalidAuthToken'), 401, 16],
    [apiError('permissionDenied'), 403, 7],
    [apiError('noSpace'), 429, 8],
    [apiError('noLeader'), 503, 14],
    [apiError('corrupt'), 500, 15],
    [new ApiError('other', 12, 'no such method'), 501, 12],
    [new Error('a bug'), 500, 2],
  ])('gives %s its HTTP status', async (error, status, code) => {
    const failing = { ...refusing, invoke: () => Promise.reject(error) };
    const response = await answer(failing, request('/v3/kv/range', chunks('{}')));
    expect(response.status).toBe(status);
    expect(JSON.parse(response.body as string)).toEqual({ error: error.message, message: error.message, code });
  });

  it.each(['{"key":"Zm9', '{"key":"%%"}', '[]', 'nope'])('refuses %s', async (text) => {
    const response = await answer(refusing, request('/v3/kv/range', chunks(text)));
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body as string)).toMatchObject({ code: 3 });
  });

  it('refuses a body that does not end', async () => {
    const response = await answer(refusing, request('/v3/kv/range', chunks('{"key":"', 'a'.repeat(100), 'a')), 50);
    expect(response.status).toBe(429);
  });

  it('streams, one line an answer', async () => {
    const body = chunks('{"create_request":{"key":"YQ=="}}{"create', '_request":{}}', '\n{"cancel_request":{}}');
    const response = await answer(counting, request('/v3/watch', body));
    expect(response.status).toBe(200);
    expect(await linesOf(response.body)).toEqual(
      ['1', '2', '3'].map((id) => ({ result: { watch_id: id, created: true } })),
    );
  });

  it('ends the requests, not the answers, at one that cannot be read', async () => {
    const response = await answer(
      counting,
      request('/v3/watch', chunks('{"create_request":{}}', '{"create_request":[]}{}')),
    );
    expect(await linesOf(response.body)).toEqual([{ result: { watch_id: '1', created: true } }]);
    expect((await answer(counting, request('/v3/watch', chunks('{"create_request":')))).status).toBe(400);
  });

  it('gives an error in mid-stream a line of its own, and one before it the status', async () => {
    const failing = (after: number): GatewayBackend => ({
      ...refusing,
      async *stream() {
        for (let i = 0; i < after; i++) yield codecs.WatchResponse.encode({ watchId: 1n });
        throw apiError('noLeader');
      },
    });
    const late = await answer(failing(1), request('/v3/watch', chunks('{}')));
    expect(await linesOf(late.body)).toEqual([
      { result: { watch_id: '1' } },
      { error: { grpc_code: 14, http_code: 503, code: 14, message: 'etcdserver: no leader' } },
    ]);
    expect((await answer(failing(0), request('/v3/watch', chunks('{}')))).status).toBe(503);
  });
});

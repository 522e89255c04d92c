import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { METHODS } from '../../../src/core/api/index.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { realClock } from '../../../src/platform/clock.ts';
import { gatewayRoute } from '../../../src/server/http/gateway-route.ts';
import type { UnaryCall } from '../../../src/wire/grpc/call.ts';
import { GrpcServer } from '../../../src/wire/grpc/server.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let timers: ManualClock;
let grpc: GrpcServer;
let http: Server;
let url: string;

beforeEach(async () => {
  // Time stands still until a test moves it on; what is due at once comes by itself, as HTTP's answers do.
  timers = new ManualClock();
  const clock: Clock = {
    nowMs: () => timers.nowMs(),
    wallMs: () => timers.wallMs(),
    after: (delayMs, callback) => timers.after(delayMs, callback),
    soon: (callback) => realClock().soon(callback),
    afterOthers: (callback) => realClock().afterOthers(callback),
  };
  grpc = new GrpcServer({ clock });
  const route = gatewayRoute({ grpc, clock, maxBodyBytes: 1 << 20 });
  http = createServer((request, response) => void route(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v3/kv/range`;
});

afterEach(async () => {
  grpc.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

const post = (signal?: AbortSignal): Promise<Response> =>
  fetch(url, { method: 'POST', body: '{"key":"YQ=="}', ...(signal === undefined ? {} : { signal }) });

describe('the gateway’s place on the client port', () => {
  it('ends a unary call whose client has gone away', async () => {
    const arrived = new Promise<UnaryCall>((resolve) => grpc.unary(METHODS.range.path, resolve));
    const leaving = new AbortController();
    const answer = post(leaving.signal);
    const call = await arrived;
    expect(call.cancelled).toBe(false);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => call.cancelled).toBe(true);
  });

  it('waits as long as Grpc-Timeout says', async () => {
    const arrived = new Promise<UnaryCall>((resolve) => grpc.unary(METHODS.range.path, resolve));
    const ask = (timeout: string): Promise<Response> =>
      fetch(url, { method: 'POST', body: '{"key":"YQ=="}', headers: { 'Grpc-Timeout': timeout } });
    const answer = ask('2S');
    expect((await arrived).deadlineMs).toBe(timers.nowMs() + 2000);
    timers.advance(3000);
    expect([(await answer).status, await (await answer).json()]).toEqual([
      504,
      { code: 4, error: 'context deadline exceeded', message: 'context deadline exceeded' },
    ]);
    const wrong = await ask('2 seconds');
    expect([wrong.status, await wrong.json()]).toMatchObject([
      400,
      { code: 3, message: 'invalid grpc-timeout: 2 seconds' },
    ]);
  });

  it('does not dial a server that goes away', async () => {
    grpc.unary(METHODS.range.path, (call) => call.respond(new Uint8Array(0)));
    expect((await post()).status).toBe(200);
    let dialled = 0;
    const serve = grpc.serve.bind(grpc);
    grpc.serve = (...args) => {
      dialled++;
      serve(...args);
    };
    grpc.close();
    await expect.poll(async () => (await post()).status).toBe(503);
    // The first dial is what finds out; no other follows, whatever time passes.
    for (let second = 1; second <= 60; second++) {
      timers.advance(1_000);
      expect((await post()).status).toBe(503);
      expect(dialled).toBe(1);
    }
  });
});

/** The tap hands everything on and reads all of it; what the load client sends beside its messages is what an apiserver sends. */
import { expect, it, onTestFinished } from 'vitest';
import { METHODS } from '../../src/core/api/index.ts';
import { leanLoadClient } from '../../src/client/load/index.ts';
import type { LoadRequest, Reply } from '../../src/core/workload/index.ts';
import { watchRequest } from '../../src/core/workload/index.ts';
import { realClock } from '../../src/platform/clock.ts';
import { GrpcServer, listen, tcpNetwork } from '../../src/wire/index.ts';
import { codecs } from '../../src/wire/messages/index.ts';
import { distil, namesIn } from './distil.ts';
import { Recorder } from './recorder.ts';
import { shapeOf } from './shape.ts';
import { startTap } from './tap.ts';

const POD = '/registry/pods/default/a';
const VALUE = new Uint8Array(70_000).fill(7);
const CREATE: LoadRequest = {
  method: 'txn',
  request: {
    compare: [{ result: 0, target: 2, key: POD, modRevision: 0 }],
    success: [{ requestPut: { key: POD, value: VALUE, lease: 5n } }],
  },
};

/** A server that answers every range with the value, behind a tap, and the load client before it. */
async function tapped() {
  const clock = realClock();
  const grpc = new GrpcServer({ clock });
  grpc.unary(METHODS.range.path, (call) =>
    call.respond(codecs.RangeResponse.encode({ kvs: [{ key: POD, value: VALUE, modRevision: 3 }], count: 1 })),
  );
  grpc.unary(METHODS.txn.path, (call) => call.respond(codecs.TxnResponse.encode({ succeeded: true })));
  grpc.stream(METHODS.watch.path, (call) =>
    call.onMessage(() => call.send(codecs.WatchResponse.encode({ created: true, events: [{ kv: { key: POD } }] }))),
  );
  const port = await listen({ host: '127.0.0.1', port: 0, grpc, http: (_, response) => response.end() });
  const recorder = new Recorder(() => 0);
  const tap = await startTap(`127.0.0.1:${port.port}`, recorder);
  const client = leanLoadClient({ endpoints: [tap.endpoint], connections: 1, timeoutMs: 10_000 }, clock, tcpNetwork());
  onTestFinished(async () => {
    client.close();
    await tap.stop();
    port.destroy();
  });
  const call = (request: LoadRequest): Promise<Reply> =>
    new Promise((resolve, reject) => {
      client.call(request, 0, clock.nowMs(), {
        answered: (error, reply) => (error === undefined ? resolve(reply) : reject(new Error(error.message))),
      });
    });
  const watch = (): Promise<void> =>
    new Promise((resolve, reject) => {
      client.watch(watchRequest('/registry/pods/', 3, true), 0, {
        onCreated: () => resolve(),
        onEvents: () => undefined,
        onProgress: () => undefined,
        onEnd: (reason) => reject(new Error(reason)),
      });
    });
  return { recorder, tap, call, watch };
}

it('a tap tells what was sent, with its metadata, its sizes and its answers', async () => {
  const { recorder, tap, call, watch } = await tapped();
  await watch();
  recorder.begin('calls');
  await call(CREATE);
  expect((await call({ method: 'range', request: { key: POD, limit: 1 } })).modRevision).toBe(3);
  await call({ method: 'range', request: { key: '/registry/pods', limit: 1 } });
  expect(tap.faults).toEqual([]);
  const names = namesIn(recorder.requests);
  expect(recorder.requests.map(({ method, message, metadata }) => shapeOf(method, message, names, metadata))).toEqual([
    'Watch WatchCreate <prefix>.. startRevision=rev progressNotify prevKv +hasleader',
    'Txn compare=[EQUAL MOD <object> modRevision=0] success=[Put <object> value lease=id]',
    'Range <object> limit=1',
    'Range <resource> limit=1',
  ]);
  expect(recorder.requests[1]).toMatchObject({
    written: [[POD, VALUE.length]],
    answer: { succeeded: true },
    status: '0',
  });
  expect(recorder.requests[2]).toMatchObject({ answer: { kvs: 1, count: 1 } });
});

it('a distillate counts shapes by scenario and resource', async () => {
  const { recorder, call, watch } = await tapped();
  await watch();
  recorder.begin('calls');
  for (let i = 0; i < 3; i++) await call({ method: 'range', request: { key: POD, limit: 1 } });
  const { scenarios } = distil(recorder.requests, '/registry');
  expect(scenarios['calls']?.shapes).toEqual({ 'Range <object> limit=1': { pods: 3 } });
  expect(scenarios['start']?.requests).toBe(1);
});

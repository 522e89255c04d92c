/** Where the load client's calls go while a member is down. */
import { describe, expect, it } from 'vitest';
import type { Duplex } from '../../../src/base/network.ts';
import { leanLoadClient } from '../../../src/client/load/index.ts';
import type { LoadCaller, LoadError } from '../../../src/client/load/index.ts';
import { Routes } from '../../../src/client/load/routes.ts';
import { METHODS } from '../../../src/core/api/index.ts';
import type { LoadRequest } from '../../../src/core/workload/index.ts';
import { GrpcServer } from '../../../src/wire/index.ts';
import { codecs } from '../../../src/wire/messages/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryNetwork } from '../../wire/support/memory-network.ts';

const TIMEOUT_MS = 1_000;
const PUT: LoadRequest = { method: 'put', request: { key: 'k', value: new Uint8Array([1]) } };
const KEEP_ALIVE: LoadRequest = { method: 'leaseKeepAlive', request: { id: 7n } };

/** Two members in memory, a connection to each. */
function cluster() {
  const clock = new ManualClock();
  const received = [0, 0];
  /** A member that hangs takes requests and answers none. */
  const hangs = [false, false];
  const start = (member: number): GrpcServer => {
    const server = new GrpcServer({ clock });
    server.unary(METHODS.put.path, (call) => {
      received[member]!++;
      if (!hangs[member]!) call.respond(codecs.PutResponse.encode({ header: { revision: member + 10 } }));
    });
    server.stream(METHODS.leaseKeepAlive.path, (call) => {
      call.onMessage(() => call.send(codecs.LeaseKeepAliveResponse.encode({ id: 7n, ttl: 9 })));
      call.onHalfClose(() => call.end());
    });
    return server;
  };
  const servers = [start(0), start(1)];
  const networks = servers.map(
    (_, member) =>
      new MemoryNetwork(clock, (duplex) =>
        servers[member]!.serve(duplex, { remoteAddress: 'memory', encrypted: false }),
      ),
  );
  const client = leanLoadClient({ endpoints: ['m:0', 'm:1'], connections: 2, timeoutMs: TIMEOUT_MS }, clock, {
    connect: (address, onConnected): Duplex => networks[address.port]!.connect(address, onConnected),
  });
  const call = (connection: number, request = PUT) => {
    const outcome: { ends: number; error?: LoadError; revision?: number } = { ends: 0 };
    const answered: LoadCaller['answered'] = (error, reply) => {
      outcome.ends++;
      if (error === undefined) outcome.revision = reply.revision;
      else outcome.error = error;
    };
    client.call(request, connection, clock.nowMs(), { answered });
    clock.settle();
    return outcome;
  };
  return {
    clock,
    client,
    call,
    received,
    hang: (member: number) => (hangs[member] = true),
    kill: (member: number) => {
      networks[member]!.refusal = new Error('connect ECONNREFUSED');
      servers[member]!.close();
      clock.settle();
    },
    revive: (member: number) => {
      servers[member] = start(member);
      networks[member]!.refusal = undefined;
    },
  };
}

describe('the load client', () => {
  it('keeps calls on their own connection while it is up', () => {
    const { call, clock } = cluster();
    clock.settle();
    expect([0, 1, 2, 3].map((connection) => call(connection).revision)).toEqual([10, 11, 10, 11]);
  });

  it('sends calls elsewhere while their member is down, and back when it is up again', () => {
    const { call, clock, kill, revive } = cluster();
    clock.settle();
    kill(0);
    expect([0, 1, 2].map((connection) => call(connection).revision)).toEqual([11, 11, 11]);
    clock.advance(500);
    expect(call(0, KEEP_ALIVE)).toEqual({ ends: 1, revision: 0 });
    revive(0);
    clock.advance(30_000);
    expect(call(0).revision).toBe(10);
  });

  it('does not send again what was sent: it is an error of unknown outcome', () => {
    const { call, clock, hang, kill, received } = cluster();
    clock.settle();
    hang(0);
    const outcome = call(0);
    expect(received).toEqual([1, 0]);
    kill(0);
    clock.advance(TIMEOUT_MS);
    expect(outcome).toMatchObject({ ends: 1, error: { code: 'UNAVAILABLE', mayHaveHappened: true } });
    expect(received).toEqual([1, 0]);
  });

  it('holds what was never sent until a member is up', () => {
    const { call, clock, kill, revive, received } = cluster();
    clock.settle();
    kill(0);
    kill(1);
    const outcome = call(0);
    clock.advance(300);
    expect(outcome.ends).toBe(0);
    revive(1);
    clock.advance(600);
    expect(outcome).toEqual({ ends: 1, revision: 11 });
    expect(received).toEqual([0, 1]);
  });

  it('gives up at the deadline: nothing has happened', () => {
    const { call, clock, kill } = cluster();
    clock.settle();
    kill(0);
    kill(1);
    const outcome = call(0);
    clock.advance(TIMEOUT_MS);
    expect(outcome).toMatchObject({ ends: 1, error: { code: 'UNAVAILABLE', mayHaveHappened: false } });
  });

  it('ends what waits to be sent when it is closed', () => {
    const { call, client, clock, kill } = cluster();
    clock.settle();
    kill(0);
    kill(1);
    const outcome = call(0);
    client.close();
    clock.advance(100);
    expect(outcome).toMatchObject({ ends: 1, error: { code: 'UNAVAILABLE', mayHaveHappened: false } });
  });
});

describe('routes', () => {
  it('take the next connection that is up, and their own where none is', () => {
    const routes = new Routes(4);
    expect([0, 5, 7].map((number) => routes.from(number))).toEqual([0, 1, 3]);
    routes.changed(2, true);
    expect([0, 2, 3].map((number) => routes.from(number))).toEqual([2, 2, 2]);
    routes.changed(2, false);
    routes.changed(0, true);
    expect(routes.from(3)).toBe(0);
  });
});

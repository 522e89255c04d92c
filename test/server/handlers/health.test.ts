import { describe, expect, it } from 'vitest';
import { GrpcCode, METHODS, ServingStatus, type MethodName } from '../../../src/core/api/index.ts';
import { codecs } from '../../../src/wire/messages/index.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { MemberClient } from '../support/member-client.ts';

const NO_MESSAGE = Buffer.alloc(0);
const NO_LEADER = 'etcdserver: no leader';

function statusOf(answer: Buffer | undefined): number | undefined {
  return answer && codecs.HealthCheckResponse.decode(answer).status;
}

describe('the health service', () => {
  it('watches the member and no service by name', () => {
    const cluster = new MemoryCluster(1);
    const client = new MemberClient(cluster.elect(), cluster.clock);
    const whole = client.raw('healthWatch', NO_MESSAGE);
    const named = client.raw('healthWatch', codecs.HealthCheckRequest.encode({ service: 'x' }));
    cluster.clock.advance(50);
    expect([statusOf(whole.answers[0]), statusOf(named.answers[0])]).toEqual([
      ServingStatus.SERVING,
      ServingStatus.SERVICE_UNKNOWN,
    ]);
    expect([whole.end, named.end]).toEqual([undefined, undefined]);
  });
});

describe('a member', () => {
  it('goes on after a malformed message to any of its methods', () => {
    const cluster = new MemoryCluster(1);
    const client = new MemberClient(cluster.elect(), cluster.clock);
    const calls = (Object.keys(METHODS) as MethodName[]).map((name) => {
      const call = client.raw(name, Buffer.of(0xff));
      cluster.clock.advance(20);
      return { name, call };
    });
    // A unary method is answered once its request has ended.
    const told = calls
      .filter(({ name }) => METHODS[name].streaming !== 'unary')
      .map(({ name, call }) => [name, call.code()]);
    const refused = told.filter(([, code]) => code !== GrpcCode.UNIMPLEMENTED);
    expect(refused).toEqual(
      ['watch', 'leaseKeepAlive', 'observe', 'healthWatch'].map((name) => [name, GrpcCode.INTERNAL]),
    );
    for (const name of Object.keys(METHODS) as MethodName[]) {
      const call = client.raw(name, Buffer.of(0xff), { 'x-name': name });
      call.halfClose();
      cluster.clock.advance(20);
      expect([name, call.code()]).toEqual([name, expect.toBeOneOf([GrpcCode.INTERNAL, GrpcCode.UNIMPLEMENTED])]);
    }
    expect(cluster.fatal).toEqual([]);
  });

  it('that has lost its leader tells who asked for one, waits for one with what must go there, and then goes on', () => {
    const cluster = new MemoryCluster(3);
    const leader = cluster.elect();
    const client = new MemberClient(leader, cluster.clock);
    const granted = client.unary('leaseGrant', { id: 7n, ttl: 600 });
    cluster.clock.advance(50);
    expect(granted.answer?.ttl).toBe(600);
    const asking = { hasleader: 'true' };
    const streams = (['healthWatch', 'watch', 'leaseKeepAlive'] as const).map((name) =>
      client.raw(name, NO_MESSAGE, asking),
    );
    cluster.clock.advance(50);
    const ids = [0, 1, 2].map((i) => cluster.services(i).member.parts.id);
    for (const from of ids) for (const to of ids) cluster.cut.add(`${from}>${to}`);
    cluster.clock.advance(8000);
    expect(streams.map((stream) => [stream.code(), stream.end])).toEqual(
      streams.map(() => [GrpcCode.UNAVAILABLE, NO_LEADER]),
    );
    const late = client.raw('healthWatch', NO_MESSAGE, asking);
    const renewal = client.keepAlive(7n);
    const put = client.unary('put', { key: 'k' });
    cluster.clock.advance(1000);
    expect([late.end, renewal.end, renewal.answers]).toEqual([NO_LEADER, undefined, []]);
    cluster.clock.advance(8000);
    expect(renewal.end).toBe(NO_LEADER);
    expect(put.failure).toEqual({ code: GrpcCode.DEADLINE_EXCEEDED, message: 'context deadline exceeded' });
    const patient = client.keepAlive(7n);
    cluster.cut.clear();
    cluster.clock.advance(6000);
    expect([patient.answers.map(({ ttl }) => ttl), patient.end]).toEqual([[600], 'ok']);
  });
});

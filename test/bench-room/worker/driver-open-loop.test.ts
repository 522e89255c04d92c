import { describe, expect, it } from 'vitest';
import { entriesOf } from '../../../src/core/workload/index.ts';
import { constant, PODS, profileOf } from '../../core/workload/profiles.ts';
import { drive, getsAt, server } from './driven.ts';
import { ManualTime } from './manual-time.ts';

describe('the driver, open loop', () => {
  it('sends at the intended instants, whether or not answers come', async () => {
    const time = new ManualTime();
    const client = server(time, { serviceMs: 1e6 });
    drive(getsAt(constant('100/s')), time, client);
    await time.to(5_000);
    expect(client.sent).toHaveLength(500);
  });

  it('sends what is due together over one connection, and what is due next over another', async () => {
    const time = new ManualTime();
    const client = server(time, { serviceMs: 1 });
    drive(getsAt({ kind: 'recorded', offsets: ['10ms', '10ms', '10ms', '20ms', '20ms'] }), time, client);
    await time.to(1_000);
    const [first, second] = [client.connections[0]!, client.connections[3]!];
    expect(client.connections).toEqual([first, first, first, second, second]);
    expect(second).not.toBe(first);
  });

  it('sends what is overdue when an answer comes, where the pacer does not wake it', async () => {
    const time = new ManualTime();
    const client = server(time, { serviceMs: 15 });
    const { driver, isDone } = drive(getsAt({ kind: 'recorded', offsets: ['10ms', '20ms'] }), time, client, 1e9, false);
    driver.tick();
    await time.to(12);
    driver.tick();
    await time.to(60);
    expect(isDone()).toBe(true);
    expect(client.sent).toHaveLength(2);
  });

  it('counts a stall in the response time as queueing has it, for requests that the schedule wanted in it', async () => {
    const time = new ManualTime();
    // A server that is down for the second from 4,000 to 5,000 ms of ten, at 1,000 requests a second.
    const client = server(time, { serviceMs: 1, stall: { fromMs: 4_000, toMs: 5_000 } });
    const { figures, isDone } = drive(getsAt(constant('1000/s')), time, client);
    await time.to(11_000);
    expect(isDone()).toBe(true);
    const { responseMs, completed } = figures().total;
    expect(completed).toBe(10_000);
    // One request in ten waits, evenly from 0 to 1,000 ms: the p99 of all is the p90 of those.
    expect(responseMs.p99! / 901).toBeCloseTo(1, 1);
    expect(responseMs.p50).toBeCloseTo(1, 2);
    expect(responseMs.max! / 1_001).toBeCloseTo(1, 2);
  });

  it('keeps the intended instant when it is late itself: the response shows it, the service does not', async () => {
    const time = new ManualTime();
    const client = server(time, { serviceMs: 2 });
    const { figures } = drive(getsAt(constant('100/s')), time, client);
    // The process is held for a second: nothing is called in between.
    await time.to(3_000);
    const held = time.nowMs.bind(time);
    time.nowMs = () => held() + 1_000;
    await time.to(20_000);
    const { responseMs, serviceMs } = figures().total;
    expect(serviceMs.p99).toBeLessThan(3);
    expect(responseMs.max).toBeGreaterThan(990);
  });

  it('skips what is too much under way, and counts it', async () => {
    const time = new ManualTime();
    const client = server(time, { serviceMs: 1, stall: { fromMs: 0, toMs: 1_000 } });
    const { figures, isDone } = drive(getsAt(constant('100/s')), time, client, 30);
    await time.to(12_000);
    expect(isDone()).toBe(true);
    expect(figures().total).toMatchObject({ scheduled: 1_000, completed: 930, skipped: 70, errors: 0 });
  });

  it('names errors by their code and remembers that a write may have happened', async () => {
    const time = new ManualTime();
    const profile = profileOf({
      objects: { pod: PODS },
      sources: [{ name: 'new', model: 'create', object: 'pod', arrivals: constant('10/s') }],
    });
    const client = server(time, { serviceMs: 1, fails: (_, nth) => nth % 10 === 0 });
    const { figures, ledger } = drive(profile, time, client);
    await time.to(11_000);
    expect(figures().operations['create pods']).toMatchObject({
      scheduled: 100,
      completed: 90,
      errors: 10,
      errorsByCode: { UNAVAILABLE: 10 },
    });
    expect([...entriesOf(ledger.report(), 0)].filter((entry) => entry.uncertain === 1)).toHaveLength(10);
  });

  it('shares a lease, waits for its grant, and skips what waits for a grant that fails', async () => {
    const time = new ManualTime();
    const profile = profileOf({
      objects: { event: { resource: 'events', size: '900B' } },
      sources: [
        {
          name: 'events',
          model: 'create',
          object: 'event',
          arrivals: { kind: 'recorded', offsets: ['0ms', '1ms', '2ms', '3s', '3001ms'] },
          lease: { ttl: '1h', reuseFor: '60s', reuseObjects: 1000 },
        },
      ],
    });
    const client = server(time, {
      serviceMs: 100,
      fails: (request, nth) => request.method === 'leaseGrant' && nth === 1,
    });
    const { figures, isDone } = drive(profile, time, client);
    await time.to(12_000);
    expect(isDone()).toBe(true);
    expect(client.sent.map(({ method }) => method)).toEqual(['leaseGrant', 'leaseGrant', 'txn', 'txn']);
    const { operations } = figures();
    expect(operations['grant lease']).toMatchObject({ scheduled: 4, completed: 1, errors: 1, skipped: 2 });
    expect(operations['create events']?.completed).toBe(2);
    // Who waited for the lease counts that time.
    expect(operations['create events']?.responseMs.max).toBeGreaterThan(190);
  });

  it('waits between the steps of an operation and charges each step from its own instant', async () => {
    const time = new ManualTime();
    const profile = profileOf({
      objects: { pod: PODS },
      sources: [
        {
          name: 'pods',
          model: 'pod',
          object: 'pod',
          arrivals: { kind: 'recorded', offsets: ['0ms'] },
          statusWrites: 2,
          events: 0,
          bindAfter: '200ms',
          statusEvery: '1s',
          runFor: '3s',
        },
      ],
    });
    const { figures, isDone } = drive(profile, time, server(time, { serviceMs: 5 }));
    await time.to(5_000);
    expect(isDone()).toBe(false);
    await time.to(5_300);
    expect(isDone()).toBe(true);
    expect(figures().total).toMatchObject({ completed: 10, errors: 0 });
    expect(figures().total.responseMs.max).toBeLessThan(6);
  });

  it('stops when told: nothing new is sent, nothing waits on', async () => {
    const time = new ManualTime();
    const client = server(time, { serviceMs: 50 });
    const { driver, isDone } = drive(getsAt(constant('100/s')), time, client);
    await time.to(1_000);
    const { length } = client.sent;
    driver.stop();
    await time.to(1_100);
    expect(isDone()).toBe(true);
    expect(client.sent).toHaveLength(length);
  });
});

import { describe, expect, it } from 'vitest';
import { PODS, profileOf } from '../../core/workload/profiles.ts';
import { drive, getsAt, server } from './driven.ts';
import { ManualTime } from './manual-time.ts';

describe('the driver, closed loop', () => {
  it('has each client wait for its answer', async () => {
    const time = new ManualTime();
    const { figures, isDone } = drive(getsAt({ kind: 'closed', clients: 10 }), time, server(time, { serviceMs: 100 }));
    await time.to(11_000);
    expect(isDone()).toBe(true);
    // Ten clients, ten turns a second each, ten seconds.
    expect(figures().total.completed).toBe(1_000);
  });

  it('goes on at once with each answer, each client over its own connection, without waiting to be woken', async () => {
    const time = new ManualTime();
    const client = server(time, { serviceMs: 100 });
    drive(getsAt({ kind: 'closed', clients: 3 }), time, client, 1e9, false).driver.tick();
    await time.to(950);
    expect(client.connections).toEqual(Array.from({ length: 30 }, (_, i) => i % 3));
  });

  it('holds the rate limit that its clients share', async () => {
    const time = new ManualTime();
    const limited = getsAt({ kind: 'closed', clients: 10, rate: '20/s' });
    const { figures } = drive(limited, time, server(time, { serviceMs: 100 }));
    await time.to(11_000);
    expect(figures().total.completed).toBe(200);
  });

  it('charges a wait for a free client to the response, and not to the generator', async () => {
    const time = new ManualTime();
    const limited = getsAt({ kind: 'closed', clients: 2, rate: '20/s' });
    // Two clients of 200 ms make 10 a second; 20 are wanted.
    const { figures, lag } = drive(limited, time, server(time, { serviceMs: 200 }));
    await time.to(25_000);
    const { completed, responseMs, serviceMs } = figures().total;
    expect(completed).toBe(200);
    expect(serviceMs.max).toBeLessThan(201);
    expect(responseMs.max).toBeGreaterThan(9_000);
    expect(lag().max).toBeLessThan(1);
  });

  it('shows a stall in the response time alone: all but one request a client are not even sent in it', async () => {
    const time = new ManualTime();
    const stall = { fromMs: 4_000, toMs: 5_000 };
    // Twenty clients of 1 ms make 20,000 a second, twenty times what is wanted.
    const limited = getsAt({ kind: 'closed', clients: 20, rate: '1000/s' });
    const { figures, isDone, lag } = drive(limited, time, server(time, { serviceMs: 1, stall }));
    await time.to(11_000);
    expect(isDone()).toBe(true);
    const { responseMs, serviceMs, completed } = figures().total;
    expect(completed).toBe(10_000);
    // Due u after the stop: it waits for the rest of the second, then behind u at 20 a millisecond. u = 100 is the p99.
    expect(responseMs.p99! / (1_000 - 100 * (1 - 1 / 20))).toBeCloseTo(1, 1);
    expect(serviceMs.p99).toBeLessThan(2);
    expect(lag().max).toBeLessThan(1);
  });

  it('has as many clients at work as the level says', async () => {
    const time = new ManualTime();
    const profile = profileOf({
      phases: [
        { name: 'half', kind: 'hold', duration: '5s', level: 0.5 },
        { name: 'pause', kind: 'pause', duration: '5s' },
      ],
      objects: { pod: PODS },
      sources: [{ name: 'get', model: 'get', object: 'pod', arrivals: { kind: 'closed', clients: 10 } }],
    });
    const { figures } = drive(profile, time, server(time, { serviceMs: 100 }));
    await time.to(11_000);
    const [half, pause] = figures().phases;
    expect(half?.total?.completed).toBe(250);
    expect(pause?.total?.completed).toBe(0);
  });
});

// Whether the load generator tells the truth about time, from the built files:
//   node test/bench/clock-truth.mjs [rounds, 3] [schedule,stall]
//
// schedule     how late sends are against their instants at 10,000 a second; p99 under 1 ms wants an idle machine of two
//              processors: the loads of others are told beside it
// stall        a server is stopped (SIGSTOP) for a second of ten. With arrivals at a constant rate a request that should go
//              out u after the stop waits for the rest of it, and then behind those before it: S - u (1 - rate / ceiling).
//              One request in a hundred waits longer than the one with u = T / 100.
//
// The service time, from the send to the answer, "does not show the stall" only where the stall keeps requests from being
// sent: with a bounded number of clients that each wait for their answer, all but one request a client are sent after it.
// A generator that counts from the send reports such a stall as if it had not been (coordinated omission); here the rate
// limit of a closed loop keeps the intended instants, and the response time tells them. In an open loop the requests are
// sent into the stall, as users would, and both times show it.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { startTarget } from '../../dist/cluster/index.js';
import { CALLERS, clock, drive, median, nullServer, puts } from './support/load.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const RUN_S = 10;
const STALL_MS = 1_000;
const STALL_FROM_MS = 4_000;
const TOLERANCE = 0.05;
const LATE_BUDGET_MS = 1;

const sleepUntil = (dueMs) => new Promise((resolve) => clock.after(Math.max(0, dueMs - clock.nowMs()), resolve));
const ms = (value) => `${value.toFixed(value < 10 ? 3 : 0)} ms`;
const row = (name, text) => console.log(`${name.padEnd(44)} ${text}`);
let failures = 0;

/** Stops a process for a second; how long it was. */
async function stall(pid, startMs) {
  await sleepUntil(startMs + STALL_FROM_MS);
  process.kill(pid, 'SIGSTOP');
  const stoppedMs = clock.nowMs();
  await sleepUntil(stoppedMs + STALL_MS);
  process.kill(pid, 'SIGCONT');
  return clock.nowMs() - stoppedMs;
}

let seed = 0;

async function stalls(name, ratePerS, ceilingPerS, arrivals, pid, endpoint, serviceStaysLow) {
  const ratios = [];
  let last;
  for (let round = 0; round < ROUNDS; round++) {
    last = await drive(puts(arrivals, RUN_S), endpoint, { during: (startMs) => stall(pid, startMs), seed: ++seed });
    const theoryMs = last.told - ((RUN_S * 1_000) / 100) * (1 - ratePerS / ceilingPerS);
    ratios.push(last.response.p99 / theoryMs);
    last.theoryMs = theoryMs;
  }
  const ratio = median(ratios);
  const right = Math.abs(ratio - 1) <= TOLERANCE && (!serviceStaysLow || last.service.p99 < STALL_MS / 10);
  if (!right) failures++;
  row(
    name,
    `response p99 ${ms(last.response.p99)}, theory ${ms(last.theoryMs)}, ratios ${ratios.map((each) => each.toFixed(3)).join(' ')}; ` +
      `p50 ${ms(last.response.p50)}; service p99 ${ms(last.service.p99)}${right ? '' : '  WRONG'}`,
  );
}

async function benchStalls() {
  const server = await nullServer();
  const { endpoint } = server;
  const flatOut = await drive(puts({ kind: 'closed', clients: CALLERS }, 2), endpoint);
  const ceilingPerS = flatOut.requests / 2;
  row('ceiling at the null server', `${Math.round(ceilingPerS).toLocaleString('en')} puts/s`);
  const open = { kind: 'constant', rate: '1000/s' };
  const limited = { kind: 'closed', clients: 20, rate: '1000/s' };
  await stalls('open loop, 1,000/s, null server', 1_000, ceilingPerS, open, server.child.pid, endpoint, false);
  // Twenty clients wait for each other's turns: their ceiling is twenty requests a round trip.
  await stalls('20 clients, 1,000/s, null server', 1_000, ceilingPerS, limited, server.child.pid, endpoint, true);
  server.stop();

  const dataRoot = mkdtempSync(join(tmpdir(), 'etcdmark-bench-clock-'));
  process.on('exit', () => rmSync(dataRoot, { recursive: true, force: true }));
  const target = await startTarget({ kind: 'bundled', members: 1, dataRoot }, { clock });
  try {
    const reached = await drive(puts({ kind: 'closed', clients: 100 }, 2), target.endpoints[0]);
    const arrivals = { kind: 'constant', rate: '500/s' };
    const { pid } = target.members[0];
    await stalls('open loop, 500/s, bundled', 500, reached.requests / 2, arrivals, pid, target.endpoints[0], false);
  } finally {
    await target.stop();
  }
}

async function benchSchedule() {
  const server = await nullServer();
  for (const kind of ['constant', 'poisson']) {
    const p99s = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { lag, response, loopDelay } = await drive(
        puts({ kind, rate: '10000/s' }, 5, { warmup: '1s' }),
        server.endpoint,
      );
      p99s.push(lag.p99);
      row(
        `schedule, ${kind}, 10,000/s`,
        `late p50 ${ms(lag.p50)} p90 ${ms(lag.p90)} p99 ${ms(lag.p99)} p99.9 ${ms(lag.p999)} max ${ms(lag.max)}; ` +
          `loop delay p99 ${ms(loopDelay.p99)}; response p99 ${ms(response.p99)}; ${loadavg()[0].toFixed(1)} processes wanted to run`,
      );
    }
    const right = median(p99s) < LATE_BUDGET_MS;
    if (!right) failures++;
    row(`schedule, ${kind}`, `late p99 ${ms(median(p99s))} (budget ${LATE_BUDGET_MS} ms)${right ? '' : '  TOO LATE'}`);
  }
  server.stop();
}

const benches = { schedule: benchSchedule, stall: benchStalls };
for (const name of process.argv[3]?.split(',') ?? Object.keys(benches)) await benches[name]();
process.exitCode = failures === 0 ? 0 : 1;

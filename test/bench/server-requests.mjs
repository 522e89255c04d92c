// Sections of server.mjs: requests answered, how many and how late.
import { setTimeout } from 'node:timers/promises';
import { LONE_CLIENT, NONE, RATE, TAIL, report } from './server-report.mjs';
import { ROUNDS, atEqualRates, closed, interleave, quick, rate, withServers } from './server-slices.mjs';
import { KINDS } from './server-target.mjs';

const MEMBERS = ['', '1 member', '', '3 members'];
const p99 = ({ p99Ms }) => p99Ms;
const p50 = ({ p50Ms }) => p50Ms;

async function puts() {
  for (const members of [1, 3]) {
    await withServers(members, async (servers) => {
      for (const callers of [1, 100, 1000]) {
        const name = `${MEMBERS[members]}, ${callers} client${callers === 1 ? '' : 's'}`;
        const slices = await closed(servers, { operation: 'put', callers });
        report(`puts/s, ${name}`, slices, rate, callers === 1 ? NONE : RATE, '/s');
        if (callers === 1) report(`p50, ${name}`, slices, p50, LONE_CLIENT, ' ms');
        else report(`server CPU per put, ${name}`, slices, ({ cpuUs }) => cpuUs, NONE, ' µs');
        report(`disk syncs per put, ${name}`, slices, ({ syncs }) => syncs, NONE);
      }
    });
  }
}

async function rates() {
  for (const members of [1, 3]) {
    await withServers(members, (servers) => tails(servers, `put, ${MEMBERS[members]}`, 'put', 100));
  }
}

const txns = () =>
  withServers(1, async (servers) => {
    for (const operation of ['txnCreate', 'txnUpdate']) await ratesAndTails(servers, operation, operation, 100);
  });

const ranges = () =>
  withServers(1, async (servers) => {
    await fill(servers);
    await ratesAndTails(servers, 'linearizable ranges of one key', 'rangeOne', 100);
    await ratesAndTails(servers, 'serializable ranges of one key', 'rangeOneSerializable', 100);
    await ratesAndTails(servers, 'ranges of 10,000 keys', 'rangeMany', 4);
  });

/** How long others wait while one client reads all of 10,000 keys again and again. */
const stalls = () =>
  withServers(1, async (servers) => {
    await fill(servers);
    const slices = await interleave(ROUNDS, async (kind) => {
      const { load } = servers[kind];
      await load.ask('startPace', { operation: 'put', rate: 200 });
      await setTimeout(200);
      await load.ask('closed', { operation: 'rangeMany', callers: 1, count: 20 });
      return load.ask('stopPace');
    });
    report('p99 of puts beside ranges of 10,000 keys', slices, p99, TAIL, ' ms');
    report('worst put beside ranges of 10,000 keys', slices, ({ worstMs }) => worstMs, NONE, ' ms');
  });

const watches = () =>
  withServers(1, async (servers) => {
    for (const watchers of [1000, 10_000]) {
      const count = quick ? 5 : Math.max(20, 100_000 / watchers);
      const slices = await interleave(Math.max(10, ROUNDS), (kind) =>
        servers[kind].load.ask('watch', { watchers, puts: count }),
      );
      report(`events/s, ${watchers} watchers`, slices, rate, RATE, '/s');
      report(`p99 of delivery, ${watchers} watchers`, slices, p99, TAIL, ' ms');
    }
  });

const leases = () =>
  withServers(1, async (servers) => {
    await ratesAndTails(servers, 'lease grants', 'leaseGrant', 100);
    const count = quick ? 5000 : 20_000;
    const renewals = await interleave(ROUNDS, (kind) => servers[kind].load.ask('keepAlive', { callers: 100, count }));
    report('lease renewals/s, 100 streams', renewals, rate, RATE, '/s');
    report('p99, lease renewals, 100 streams', renewals, p99, TAIL, ' ms');
  });

async function ratesAndTails(servers, name, operation, callers) {
  report(`${name}/s, ${callers} clients`, await closed(servers, { operation, callers }), rate, RATE, '/s');
  await tails(servers, name, operation, callers);
}

async function tails(servers, name, operation, callers) {
  for (const { share, slices } of await atEqualRates(servers, { operation, callers })) {
    report(`p50, ${name} ${share}`, slices, p50, NONE, ' ms');
    report(`p99, ${name} ${share}`, slices, p99, TAIL, ' ms');
  }
}

async function fill(servers) {
  for (const kind of KINDS) await servers[kind].load.ask('closed', { operation: 'fill', callers: 100, count: 10_000 });
}

export const REQUEST_SECTIONS = { puts, rates, txns, ranges, stalls, watches, leases };

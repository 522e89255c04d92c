/**
 * Our probe against fio on one folder, in turns: `node test/bench/probe-vs-fio.mjs [directory] [rounds]` (after a build).
 *
 * Each round runs fio, the probe, fio again and fio --thread, in changing order, for `fio-2300` (22 MiB) and `fio-8000` (shortened to 10 s
 * a turn for both). Printed: the median ratio probe / fio of p50 and p99 with its bootstrap interval, and beside it fio /
 * fio, which is what the machine itself can tell apart. fio's job is a process with a session of its own, which Linux's
 * autogroup schedules apart from everything else: with busy processors only fio --thread is comparable.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../dist/base/random.js';
import { comparePaired } from '../../dist/core/stats/index.js';
import { realClock } from '../../dist/platform/clock.js';
import { runProbe } from '../../dist/probe/index.js';

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'etcdmark-bench-fio-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const rounds = Number(process.argv[3] ?? 10);

const RECIPES = {
  'fio-2300': { flags: ['--bs=2300', '--size=22m'], options: {} },
  'fio-8000': { flags: ['--bs=8000', '--size=100m', '--runtime=10', '--time_based'], options: { durationS: 10 } },
};

function fio(recipe, ...more) {
  const flags = ['--name=bench', '--rw=write', '--ioengine=sync', '--fdatasync=1', `--directory=${directory}`];
  const text = execFileSync('fio', [...flags, ...RECIPES[recipe].flags, ...more, '--output-format=json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { lat_ns: sync } = JSON.parse(text).jobs[0].sync;
  rmSync(join(directory, 'bench.0.0'));
  return { p50: sync.percentile['50.000000'] / 1e6, p99: sync.percentile['99.000000'] / 1e6 };
}

async function probe(recipe, seed) {
  const environment = { clock: realClock(), random: seededRandom(seed), watchBeforeMs: 0 };
  const { walFsyncMs } = await runProbe(
    { path: directory, recipe, liveEtcdAtRisk: true, ...RECIPES[recipe].options },
    environment,
  );
  return walFsyncMs;
}

const ratio = (slices) => {
  const { ratio, interval } = comparePaired(slices, { random: seededRandom(1), better: 'lower', minimumEffect: 0.05 });
  const logs = slices.map(({ candidate, baseline }) => candidate / baseline).sort((a, b) => a - b);
  const median = (logs[(logs.length - 1) >> 1] + logs[logs.length >> 1]) / 2;
  return `${median.toFixed(3)} (mean ${ratio.toFixed(3)}, ${interval.map((bound) => bound.toFixed(3)).join('–')})`;
};

for (const recipe of Object.keys(RECIPES)) {
  const turns = [];
  for (let round = 0; round < rounds; round++) {
    const turn = {};
    const order = [
      ['fio', () => fio(recipe)],
      ['probe', () => probe(recipe, round)],
      ['again', () => fio(recipe)],
      ['thread', () => fio(recipe, '--thread')],
    ];
    // Which comes first rotates, so that no one always follows the same.
    for (let i = 0; i < 4; i++) {
      const [name, run] = order[(i + round) % 4];
      turn[name] = await run();
    }
    turns.push(turn);
    const cell = ({ p50, p99 }) => `${(p50 * 1000).toFixed(0)}/${(p99 * 1000).toFixed(0)}`;
    const cells = ['fio', 'probe', 'again', 'thread'].map((name) => `${name} ${cell(turn[name])}`);
    console.log(`${recipe}  round ${round + 1}  p50/p99 µs  ${cells.join('  ')}`);
  }
  for (const level of ['p50', 'p99']) {
    const pairs = (a, b) => turns.map((turn) => ({ candidate: turn[a][level], baseline: turn[b][level] }));
    console.log(
      `${recipe}  ${level}  probe / fio ${ratio(pairs('probe', 'fio'))}  fio / fio ${ratio(pairs('again', 'fio'))}`,
    );
    console.log(`${recipe}  ${level}  probe / fio --thread ${ratio(pairs('probe', 'thread'))}`);
  }
}

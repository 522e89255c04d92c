// Causes planted under a load, and what the run names as each phase's bottleneck, from the built files:
//   node test/bench/planted-causes.mjs [none,disk,network,cpu,generator]
//
// none       three members, nothing planted
// disk       three members on a modelled hard disk (p50 24 ms)
// network    40 ms on every message between three members
// cpu        a lone member that is stopped (SIGSTOP) for 150 of every 300 ms in the second of two phases
// generator  the generator is stopped so
//
// All but the first miss what their profile promises, so that there is something to explain. On a busy machine `cpu` and
// `generator` are right for every one of them: run it on an idle one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { runProfile } from '../../dist/bench/index.js';
import { startTarget } from '../../dist/cluster/index.js';
import { composeProfile, parseProfile } from '../../dist/core/workload/index.js';
import { realClock } from '../../dist/platform/clock.js';

const PHASE_MS = 5_000;
const PULSE_MS = 300;
const CAUSES = {
  none: { members: 3, rate: '20/s', promisedMs: 2_000 },
  disk: { members: 3, rate: '20/s', promisedMs: 10, diskModel: 'hdd' },
  network: { members: 3, rate: '20/s', promisedMs: 10, flags: ['--experiment-peer-delay=40ms'] },
  cpu: { members: 1, rate: '100/s', promisedMs: 75, stops: 'member' },
  generator: { members: 1, rate: '100/s', promisedMs: 75, stops: 'generator' },
};

const clock = realClock();
const dataRoot = mkdtempSync(join(tmpdir(), 'etcdmark-bench-causes-'));
process.on('exit', () => rmSync(dataRoot, { recursive: true, force: true }));
let wrong = 0;

for (const cause of process.argv[2]?.split(',') ?? Object.keys(CAUSES)) {
  const { members, rate, promisedMs, diskModel, flags = [], stops } = CAUSES[cause];
  const modelled = diskModel === undefined ? {} : { diskModel };
  const target = await startTarget({ kind: 'bundled', members, flags, dataRoot, ...modelled }, { clock });
  let pulsing;
  try {
    const parts = await runProfile({
      profile: puts(rate, promisedMs),
      target,
      seed: 1,
      client: 'lean',
      clock,
      leaveKeys: true,
      onProgress: ({ phase, elapsedS, totalS }) => {
        // What is stopped cannot finish.
        if (elapsedS >= totalS) pulsing?.();
        if (stops === undefined || phase !== 'second') return;
        pulsing ??= pulse(stops === 'member' ? target.members[0].pid : generatorPid());
      },
    });
    const judged = parts.phases.map(({ name, bottleneck }) => ({ name, ...bottleneck }));
    // A cause that comes with the second phase is not looked for in the first.
    const looked = stops === undefined ? judged : judged.slice(1);
    const right = looked.every(({ answer }) => answer === cause);
    if (!right) wrong++;
    console.log(
      `${cause}: ${judged.map(({ name, answer }) => `${name} ${answer}`).join(', ')}${right ? '' : '  WRONG'}`,
    );
    for (const { name, because } of judged) console.log(`  ${name}: ${because.map(({ text }) => text).join('; ')}`);
  } finally {
    pulsing?.();
    await target.stop();
  }
}
process.exitCode = wrong === 0 ? 0 : 1;

/** Takes half of its time from a process until told to stop. */
function pulse(pid) {
  let timer;
  const turn = (stop) => {
    process.kill(pid, stop ? 'SIGSTOP' : 'SIGCONT');
    timer = clock.after(PULSE_MS / 2, () => turn(!stop));
  };
  turn(true);
  let isOver = false;
  return () => {
    timer.cancel();
    if (!isOver) process.kill(pid, 'SIGCONT');
    isOver = true;
  };
}

/** Of the processes that this one has started. */
function generatorPid() {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return Number(children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('load-process.js')));
}

function puts(rate, promisedMs) {
  const written = {
    schemaVersion: 1,
    name: 'puts',
    description: 'Puts of 256 bytes',
    warmup: '2s',
    phases: ['first', 'second'].map((name) => ({ name, kind: 'hold', duration: `${PHASE_MS}ms` })),
    objects: { key: { resource: 'keys', size: '256B', entropy: 1, count: 1_000 } },
    sources: [
      { name: 'puts', model: 'mixed', object: 'key', reads: 0, pick: 'uniform', arrivals: { kind: 'constant', rate } },
    ],
    thresholds: [{ metric: 'total.responseMs.p99', comparison: '<', value: promisedMs, source: 'planted' }],
  };
  return composeProfile(parseProfile(written, 'puts'), () => undefined);
}

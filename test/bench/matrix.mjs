// The three headline profiles at bundled and real etcd, one and three members, with one seed, from the built files:
//   node test/bench/matrix.mjs [seconds a cell, 12] [share of the rates, 0.5] [profile,...] [bundled:1,etcd:3,...]
//
// Every target must be sent the same requests and end with the same keys at the same versions, without a violation.
// "applied" counts a class's requests without those that a conflict made necessary: how often two writers meet depends on
// how fast a server answers. A create that comes too late asks again for what is there, so the reads are told net of that.
import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { loadProfile, runProfile } from '../../dist/bench/index.js';
import { connectControl } from '../../dist/client/control/index.js';
import { startTarget } from '../../dist/cluster/index.js';
import { realClock } from '../../dist/platform/clock.js';
import { appliedRequests, keysUnder, shortened, violationsIn } from './support/outcome.mjs';

const seconds = Number(process.argv[2] ?? 12);
const rateScale = Number(process.argv[3] ?? 0.5);
const SEED = 11;
const profiles = (process.argv[4] ?? 'kubectl-apply-storm,event-flood,ci-200-jobs').split(',');
const targets = (process.argv[5] ?? 'bundled:1,etcd:1,bundled:3,etcd:3').split(',').map((text) => {
  const [kind, members] = text.split(':');
  return { kind, members: Number(members), ...(kind === 'etcd' ? { binary: 'etcd' } : {}) };
});

const clock = realClock();
const dataRoot = mkdtempSync(join(tmpdir(), 'etcdmark-bench-matrix-'));
process.on('exit', () => rmSync(dataRoot, { recursive: true, force: true }));
const ms = (value) => (value === null ? '-' : value.toFixed(1)).padStart(9);

console.log(
  `${'profile'.padEnd(20)} ${'target'.padEnd(10)} ${'applied'.padStart(8)} ${'conflicts'.padStart(9)} ${'errors'.padStart(6)} ` +
    `${'keys'.padStart(6)} ${'p50 ms'.padStart(9)} ${'p99 ms'.padStart(9)} ${'wrong'.padStart(5)}  against the first`,
);
let differences = 0;
for (const name of profiles) {
  let first;
  for (const spec of targets) {
    const cell = await measure(name, spec);
    first ??= cell;
    const differs = [
      ...differing(first.applied, cell.applied).map((text) => `requests: ${text}`),
      ...differing(first.keys, cell.keys).map((text) => `keys: ${text}`),
    ];
    if (differs.length > 0 || cell.wrong > 0) differences++;
    const total = Object.values(cell.applied).reduce((sum, n) => sum + n, 0);
    console.log(
      `${name.padEnd(20)} ${`${spec.kind} x${spec.members}`.padEnd(10)} ${String(total).padStart(8)} ` +
        `${String(cell.conflicts).padStart(9)} ${String(cell.errors).padStart(6)} ` +
        `${String(Object.keys(cell.keys).length).padStart(6)} ${ms(cell.p50)} ${ms(cell.p99)} ` +
        `${String(cell.wrong).padStart(5)}  ${differs.length === 0 ? 'same' : differs.slice(0, 4).join('; ')}`,
    );
    for (const line of cell.violations) console.log(`  ${line}`);
  }
}
console.log(differences === 0 ? 'every cell the same' : `${differences} cells differ`);
process.exitCode = differences === 0 ? 0 : 1;

async function measure(name, spec) {
  const target = await startTarget({ ...spec, dataRoot }, { clock });
  const control = connectControl(target.connection);
  try {
    const profile = shortened(loadProfile(name));
    const parts = await runProfile({
      profile,
      target,
      seed: SEED,
      client: 'lean',
      clock,
      durationS: seconds,
      rateScale,
      leaveKeys: true,
    });
    return {
      applied: appliedRequests(parts),
      conflicts: parts.total.conflicts,
      errors: parts.total.errors,
      keys: await keysUnder(control, '/etcdmark/'),
      p50: parts.total.responseMs.p50,
      p99: parts.total.responseMs.p99,
      wrong: violationsIn(parts.audit),
      violations: parts.audit?.violations ?? [],
    };
  } finally {
    control.close();
    await target.stop();
  }
}

function differing(expected, found) {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...names]
    .filter((name) => expected[name] !== found[name])
    .map((name) => `${name} ${expected[name] ?? 0} -> ${found[name] ?? 0}`);
}

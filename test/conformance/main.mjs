/**
 * The differential test from the command line:
 *
 *     node test/conformance/main.mjs [--etcd PATH|VERSION] [--seed S] [--seeds N] [--requests N] [--parallel P]
 *                                                N requests in all, over seeds S, S + 1, ..., P of them at a time
 *     node test/conformance/main.mjs --planted all|NAME                        every planted fault must be found
 *
 * Needs an etcd: at a path, of a version that `npm run peers` has built, at ETCD=path, or in PATH; and the build:
 * dist/cli/main.js, unless --program names another. A difference that is not listed beside that version prints its seed,
 * the program that leads to it and both answers; exit code 1.
 */
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import { parseArgs } from 'node:util';
import { etcdOf } from '../peers/peers.mjs';
import { faultyProgram, loadProgram } from './program-files.mjs';
import { PLANTED_FAULTS } from './planted-faults.mjs';

/** Runs that shortening a program may take. */
const MINIMIZING_RUNS = 40;
const SHOWN_STEPS = 40;
/** Of each field in each state that it can be in, in a hundred thousand requests. */
const LEAST_USES = 100;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '20' },
    requests: { type: 'string', default: '100000' },
    minimize: { type: 'string', default: String(MINIMIZING_RUNS) },
    parallel: { type: 'string', default: '4' },
    planted: { type: 'string' },
    etcd: { type: 'string', default: process.env['ETCD'] ?? 'etcd' },
    program: { type: 'string', default: fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)) },
  },
});
const etcd = etcdOf(values.etcd);
const program = pathToFileURL(resolve(values.program)).href;
const firstSeed = number('seed');
const seeds = number('seeds');
const requests = Math.ceil(number('requests') / seeds);

const { differential, remove } = await loadProgram();
const peer = differential.versionOfBinary(etcd);
try {
  process.exitCode = values.planted === undefined ? await runSeeds() : await runPlanted(values.planted);
} finally {
  remove();
}

async function runSeeds() {
  const { Coverage, differ, minimized, describeDifference } = differential;
  const coverage = new Coverage();
  const known = new Map();
  const startedMs = performance.now();
  const optionsOf = (seed) => ({ seed, requests, etcd, program });
  const reports = startPool(seeds, number('parallel'), (i) => differ(optionsOf(firstSeed + i)), hasDifference);
  for (const [i, pending] of reports.entries()) {
    const seed = firstSeed + i;
    let report = await pending;
    coverage.merge(report.coverage);
    for (const [name, count] of report.known) known.set(name, (known.get(name) ?? 0) + count);
    if (hasDifference(report)) {
      // Shortening wants the processors to itself.
      await Promise.allSettled(reports);
      console.error(`seed ${seed}: a difference that is not listed, after ${report.coverage.requests} requests`);
      console.error(describeDifference(report, SHOWN_STEPS));
      const runs = number('minimize', 0);
      if (runs > 0) {
        report = await minimized(optionsOf(seed), report, runs);
        console.error(`shortened to ${report.steps.length} steps:\n${describeDifference(report, SHOWN_STEPS)}`);
      }
      console.error(`again: node test/conformance/main.mjs --seed ${seed} --seeds 1 --requests ${requests}`);
      return 1;
    }
    console.log(`seed ${seed}: ${report.coverage.requests} requests agree`);
  }
  printSummary(coverage, known, (performance.now() - startedMs) / 1000);
  return 0;
}

/**
 * Runs `count` jobs, begun in order, `width` at a time, and returns their results in order: most of a program is waiting
 * for answers, for etcd's rounds through its watchers, for leases that expire. No job begins after a result that `ends`;
 * the results of those before it come all the same, so what is told of does not depend on which job was faster.
 */
function startPool(count, width, run, ends) {
  const settlers = [];
  const results = Array.from({ length: count }, () => new Promise((...settle) => settlers.push(settle)));
  let next = 0;
  let hasEnded = false;
  const work = async () => {
    while (next < count) {
      const [resolve, reject] = settlers[next];
      const job = next++;
      if (hasEnded) {
        resolve(undefined);
        continue;
      }
      try {
        const result = await run(job);
        hasEnded ||= ends(result);
        resolve(result);
      } catch (error) {
        hasEnded = true;
        reject(error);
      }
    }
  };
  for (let i = 0; i < width; i++) void work();
  // An error is told of when its turn comes.
  for (const result of results) result.catch(() => undefined);
  return results;
}

function hasDifference(report) {
  return report.difference !== undefined;
}

function printSummary(coverage, known, seconds) {
  console.log(
    `\n${coverage.requests} requests beside etcd ${peer.join('.')} over ${seeds} seeds in ${Math.round(seconds)} s ` +
      `(${Math.round(coverage.requests / seconds)} a second): no difference that is not listed`,
  );
  console.log('\nknown differences, and how often they were met');
  for (const { name, since } of differential.knownBeside(peer)) {
    console.log(`  ${String(known.get(name) ?? 0).padStart(7)}  ${name} [${since}]`);
  }
  const low = new Set(coverage.fieldsBelow(LEAST_USES));
  console.log('\nrequests'.padEnd(41), 'absent   valid invalid');
  for (const [field, { absent, valid, invalid }] of [...coverage.fields].sort()) {
    const impossible = differential.IMPOSSIBLE[field];
    const note = low.has(field)
      ? '  *'
      : impossible === undefined
        ? ''
        : `  never ${impossible.state}: ${impossible.why}`;
    console.log(`  ${field.padEnd(38)}${[absent, valid, invalid].map((n) => String(n).padStart(8)).join('')}${note}`);
  }
  console.log(`  * ${low.size} fields were in some state less than ${LEAST_USES} times`);
  console.log('\nmethods');
  for (const [name, count] of [...coverage.methods].sort()) console.log(`  ${String(count).padStart(7)}  ${name}`);
  console.log('\nerrors');
  for (const [name, count] of [...coverage.errors].sort()) console.log(`  ${String(count).padStart(7)}  ${name}`);
  if (coverage.missingErrors.length > 0) console.log(`  never seen: ${coverage.missingErrors.join(', ')}`);
  console.log('\ncancelled watches');
  for (const [name, count] of [...coverage.cancels].sort()) console.log(`  ${String(count).padStart(7)}  ${name}`);
  if (coverage.missingCancels.length > 0) console.log(`  never seen: ${coverage.missingCancels.join(', ')}`);
}

async function runPlanted(which) {
  const faults = PLANTED_FAULTS.filter(({ name }) => which === 'all' || name === which);
  if (faults.length === 0) throw new Error(`no planted fault is called '${which}'`);
  let missed = 0;
  const found = startPool(
    faults.length,
    number('parallel'),
    (i) => findFault(faults[i]),
    () => false,
  );
  for (const [i, pending] of found.entries()) {
    const { difference, coverage } = await pending;
    const { name, requests: within } = faults[i];
    if (difference === undefined) missed++;
    const isFound = difference !== undefined;
    console.log(
      JSON.stringify({
        fault: name,
        found: isFound,
        within,
        after: coverage.requests,
        by: difference?.what.slice(0, 400),
      }),
    );
  }
  return missed > 0 ? 1 : 0;
}

async function findFault(fault) {
  const faulty = faultyProgram(fault, program);
  try {
    const options = { seed: firstSeed, requests: fault.requests, etcd, program: faulty.program };
    return await differential.differ(options);
  } finally {
    faulty.remove();
  }
}

function number(name, least = 1) {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least} on`);
  return value;
}

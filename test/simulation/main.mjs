/**
 * The simulator from the command line:
 *
 *     node test/simulation/main.mjs [--seeds N] [--seed S] [--operations N] [--json]
 *     node test/simulation/main.mjs --planted all|quick|NAME      planted faults must be found, each within its seeds
 *
 * `quick` are those faults that a few seeds find. Seeds S, S + 1, ... are run; a failure prints its seed, and --seed
 * replays it event for event. Exit code 1 on failure.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { PLANTED_FAULTS } from './planted-faults.mjs';
import { transpileAll, writeProgram } from './program.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    operations: { type: 'string', default: '2000' },
    planted: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** A fault that needs no more is found within a second or so. */
const QUICK_SEEDS = 3;

const operations = wholeNumber('operations');
const firstSeed = wholeNumber('seed');
const seeds = wholeNumber('seeds');
const files = transpileAll();
process.exitCode = values.planted === undefined ? await runSeeds() : await runPlanted(values.planted);

async function runSeeds() {
  const program = writeProgram(files, `whole-${process.pid}`);
  try {
    const { simulate } = await import(program.entries[0]);
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    const total = { operations: 0, acknowledged: 0, faults: 0, leaders: 0, unknownKeys: 0, refusedStarts: 0 };
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const report = simulate(optionsOf(seed));
      if (values.json) console.log(JSON.stringify(report));
      if (report.failure !== undefined) {
        console.error(
          `seed ${seed}: ${report.failure}\nreplay: node test/simulation/main.mjs --seed ${seed} --seeds 1`,
        );
        return 1;
      }
      total.operations += report.operations;
      total.acknowledged += report.acknowledged;
      total.faults += report.faultCount;
      total.leaders += report.leaders;
      total.unknownKeys += report.unknownKeys;
      total.refusedStarts += report.refusedStarts;
    }
    const minutes = (performance.now() - startedMs) / 60_000;
    const { user, system } = process.cpuUsage(cpu);
    const cpuMinutes = (user + system) / 60_000_000;
    console.log(
      `${seeds} seeds held: ${total.operations} operations (${total.acknowledged} acknowledged), ${total.faults} faults, ` +
        `${total.leaders} elections, ${total.refusedStarts} starts refused for a changed bit or a full disk, ` +
        `${total.unknownKeys} keys not judged`,
    );
    console.log(
      `${Math.round(total.operations / minutes)} operations and ${Math.round(total.faults / minutes)} faults a minute, ` +
        `${Math.round(total.operations / cpuMinutes)} and ${Math.round(total.faults / cpuMinutes)} a minute of CPU`,
    );
    return 0;
  } finally {
    program.remove();
  }
}

async function runPlanted(which) {
  const faults = PLANTED_FAULTS.filter(
    ({ name, seeds }) => which === 'all' || name === which || (which === 'quick' && seeds <= QUICK_SEEDS),
  );
  if (faults.length === 0) throw new Error(`no planted fault is called '${which}'`);
  let missed = 0;
  for (const fault of faults) {
    const program = writeProgram(files, `planted-${process.pid}`.concat('-', fault.name.replaceAll(' ', '-')), fault);
    try {
      const run = await runnerOf(program, fault);
      const found = findFault(run, fault);
      if (found === undefined) missed++;
      console.log(
        JSON.stringify(
          found === undefined
            ? { fault: fault.name, found: false, seeds: fault.seeds }
            : { fault: fault.name, found: true, seed: found.seed, by: found.failure },
        ),
      );
    } finally {
      program.remove();
    }
  }
  return missed > 0 ? 1 : 0;
}

/** Seed → why it failed; undefined when it held. */
async function runnerOf({ entries }, fault) {
  if (fault.finder === 'cluster') {
    const { simulate } = await import(entries[0]);
    return (seed) => simulate(optionsOf(seed)).failure;
  }
  const { Adversary } = await import(entries[1]);
  return (seed) => {
    try {
      new Adversary({ seed, members: seed % 2 === 0 ? 5 : 3, steps: 6000, preVote: false, checkQuorum: false }).run();
      return undefined;
    } catch (error) {
      return error.message;
    }
  };
}

function findFault(run, fault) {
  for (let seed = firstSeed; seed < firstSeed + fault.seeds; seed++) {
    const failure = run(seed);
    if (failure !== undefined) return { seed, failure };
  }
  return undefined;
}

function optionsOf(seed) {
  return { seed, members: seed % 4 === 0 ? 5 : 3, operations };
}

function wholeNumber(name) {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number above 0`);
  return number;
}

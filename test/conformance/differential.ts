/**
 * The differential test: seeded programs of requests on the bundled server and on a real etcd beside it, every answer,
 * error, event and final state compared.
 *
 * `differ` runs the program of one seed on fresh servers; `minimized` drops what a difference does not need.
 */
import { realClock } from '../../src/platform/clock.ts';
import { peerVersion, versionOfBinary } from '../support/peer-version.ts';
import { tellsProgressInTime } from './known-differences.ts';
import { makeProgram } from './programs/program.ts';
import { runProgram, type Outcome } from './runner.ts';
import { startServers, type ServerPair } from './servers.ts';
import { Session } from './session.ts';
import { describeStep, isNeeded, type Step } from './steps.ts';

export { Coverage, IMPOSSIBLE } from './coverage.ts';
export { knownBeside } from './known-differences.ts';
export { versionOfBinary } from '../support/peer-version.ts';
export { describeStep } from './steps.ts';

export interface DifferOptions {
  readonly seed: number;
  /** About so many. */
  readonly requests: number;
  /** Path of the etcd binary. */
  readonly etcd: string;
  /** The compiled `cli/main.js` of the bundled server, as a file URL. */
  readonly program: string;
}

export interface DifferReport extends Outcome {
  /** Of a server that was gone after a difference, how it ended. */
  readonly ended?: string | undefined;
  /** The program up to the difference, or all of it. */
  readonly steps: readonly Step[];
}

export async function differ(options: DifferOptions): Promise<DifferReport> {
  const steps = makeProgram(options.seed, options.requests, versionOfBinary(options.etcd));
  const outcome = await runOnce(options, steps);
  const { difference } = outcome;
  return { ...outcome, steps: difference === undefined ? steps : steps.slice(0, difference.step + 1) };
}

/** A shorter program with the same difference, found in at most `attempts` runs, each on fresh servers. */
export async function minimized(options: DifferOptions, report: DifferReport, attempts: number): Promise<DifferReport> {
  let best = report;
  let size = Math.ceil(best.steps.length / 2);
  for (let from = 0; attempts > 0 && size > 0; attempts--) {
    const kept = best.steps.filter(
      (step, i) => i < from || i >= from + size || isNeeded(step) || i === best.steps.length - 1,
    );
    const outcome = kept.length < best.steps.length ? await runOnce(options, kept) : undefined;
    if (outcome?.difference !== undefined && isAlike(outcome, best)) {
      best = { ...outcome, steps: kept.slice(0, outcome.difference.step + 1) };
      size = Math.min(size, Math.ceil(best.steps.length / 2));
    } else from += size;
    if (from < best.steps.length) continue;
    from = 0;
    size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return best;
}

export function describeDifference({ difference, steps, ended }: DifferReport, lastSteps: number): string {
  if (difference === undefined) return 'no difference';
  const { what, leaves, ours, theirs } = difference;
  const shown = steps
    .slice(-lastSteps)
    .map((step, i) => `  ${Math.max(0, steps.length - lastSteps) + i + 1}. ${describeStep(step)}`);
  return [
    ...(steps.length > lastSteps ? [`  … ${steps.length - lastSteps} steps before`] : []),
    ...shown,
    `differs: ${what}`,
    ...leaves
      .slice(0, 12)
      .map(({ path, ours: a, theirs: b }) => `  ${path}: bundled ${shortJson(a)}, etcd ${shortJson(b)}`),
    `bundled: ${shortJson(ours)}`,
    `etcd:    ${shortJson(theirs)}`,
    ...(ended === undefined ? [] : [ended]),
  ].join('\n');
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 700 ? `${text.slice(0, 700)}… (${text.length} characters)` : text;
}

/** Differs in the same field: a shortened program may have differences of its own. */
function isAlike({ difference: a }: Outcome, { difference: b }: Outcome): boolean {
  const field = (path: string | undefined): string | undefined => path?.replace(/\d+/g, '#');
  return field(a?.leaves[0]?.path) === field(b?.leaves[0]?.path);
}

async function runOnce({ etcd, program }: DifferOptions, steps: readonly Step[]): Promise<Omit<DifferReport, 'steps'>> {
  const servers = await startServers(etcd, program);
  const peer = peerVersion(servers.theirs.version);
  const ours = new Session(servers.ours.endpoints[0]!, true);
  const theirs = new Session(servers.theirs.endpoints[0]!, tellsProgressInTime(peer));
  try {
    const outcome = await runProgram(ours, theirs, peer, steps);
    return outcome.difference === undefined ? outcome : { ...outcome, ended: await endOf(servers) };
  } catch (error) {
    throw new Error(servers.ours.failure() ?? servers.theirs.failure() ?? (error as Error).message, { cause: error });
  } finally {
    ours.close();
    theirs.close();
    await servers.stop();
  }
}

/** Its connections end before its end is noticed. */
async function endOf({ ours, theirs }: ServerPair): Promise<string | undefined> {
  for (let waits = 0; waits < 10 && (ours.failure() ?? theirs.failure()) === undefined; waits++) {
    await new Promise<void>((resolve) => realClock().after(50, () => resolve()));
  }
  return ours.failure() ?? theirs.failure();
}

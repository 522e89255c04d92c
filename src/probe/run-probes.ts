/** Several paths side by side. */
import { OperationError } from '../base/errors.ts';
import type { Probe } from '../core/run/index.ts';
import type { ProbeEnvironment, ProbeOptions } from './options.ts';
import { runProbe } from './run-probe.ts';
import { probedDirectory } from './scratch.ts';

/**
 * Probes each path in turn, never two at once: volumes often share a controller, a network or a bucket of the machine's
 * credits. Every path is looked at before the first is written to. A signal ends the rest. A path that fails is told to
 * `onFailure` and the others are probed all the same; without it the failure ends everything.
 */
export async function runProbes(
  paths: readonly string[],
  options: Omit<ProbeOptions, 'path'>,
  environment: ProbeEnvironment,
  onFailure?: (error: OperationError) => void,
): Promise<Probe[]> {
  for (const path of paths) probedDirectory(path);
  const probes: Probe[] = [];
  for (const path of paths) {
    if (path !== paths[0] && environment.signal?.aborted === true) break;
    try {
      probes.push(await runProbe({ ...options, path }, environment));
    } catch (error) {
      if (onFailure === undefined || !(error instanceof OperationError)) throw error;
      onFailure(error);
    }
  }
  return probes;
}

/** Several paths side by side. */
import type { Probe } from '../core/run/index.ts';
import type { ProbeEnvironment, ProbeOptions } from './options.ts';
import { runProbe } from './run-probe.ts';
import { probedDirectory } from './scratch.ts';

/**
 * Probes each path in turn, never two at once: volumes often share a controller, a network or a bucket of the machine's
 * credits. Every path is looked at before the first is written to. A signal ends the rest.
 */
export async function runProbes(
  paths: readonly string[],
  options: Omit<ProbeOptions, 'path'>,
  environment: ProbeEnvironment,
): Promise<Probe[]> {
  for (const path of paths) probedDirectory(path);
  const probes: Probe[] = [];
  for (const path of paths) {
    if (probes.length > 0 && environment.signal?.aborted === true) break;
    probes.push(await runProbe({ ...options, path }, environment));
  }
  return probes;
}

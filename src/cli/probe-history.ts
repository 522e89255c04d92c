/** A volume over time: Probes kept in a folder, one file each, and shown in order. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, OperationError } from '../base/errors.ts';
import { formatMs, parseProbe, serializeProbe, type Probe } from '../core/run/index.ts';
import { historyKey, volumeHistory } from '../probe/index.ts';
import { writeNewFile } from './new-file.ts';

/** Adds the probes to the folder and tells the history of each one's volume. */
export async function keepHistory(folder: string, probes: readonly Probe[]): Promise<string> {
  for (const [i, probe] of probes.entries()) {
    const time = (probe.startedAt ?? '').replaceAll(/[:.]/g, '-');
    await writeNewFile('history', join(folder, `probe-${time}-${i + 1}.json`), serializeProbe(probe));
  }
  const kept = await readProbes(folder);
  return probes.map((probe) => historyText(probe, kept)).join('');
}

/** What the folder keeps of the same volumes: what a report over time is made of. */
export async function keptOf(folder: string, probes: readonly Probe[]): Promise<Probe[]> {
  const keys = new Set(probes.map((probe) => historyKey(probe)));
  return (await readProbes(folder)).filter((probe) => keys.has(historyKey(probe)));
}

async function readProbes(folder: string): Promise<Probe[]> {
  try {
    const names = (await readdir(folder)).filter((name) => /^probe-.*\.json$/.test(name)).sort();
    return await Promise.all(
      names.map(async (name) => parseProbe(await readFile(join(folder, name), 'utf8'), join(folder, name))),
    );
  } catch (error) {
    throw new OperationError(`--history ${folder}: ${errorMessage(error)}`);
  }
}

function historyText(probe: Probe, kept: readonly Probe[]): string {
  const rows = volumeHistory(kept.filter((other) => historyKey(other) === historyKey(probe)));
  const lines = rows.map(({ startedAt, verdict, p50Ms, p99Ms, samples, moved }) => {
    const note = moved === undefined ? '' : `  p99 moved from ${formatMs(moved.fromMs)} to ${formatMs(moved.toMs)}`;
    return `  ${startedAt}  ${verdict.padEnd(12)}  p50 ${formatMs(p50Ms)}  p99 ${formatMs(p99Ms)}  ${samples} samples${note}\n`;
  });
  return `History of ${probe.path} (${rows.length}):\n${lines.join('')}`;
}

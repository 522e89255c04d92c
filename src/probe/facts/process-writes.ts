/** What other processes wrote meanwhile, from /proc/PID/io: all of them as root, else only one's own. */
import type { Tree } from './tree.ts';

export interface Writer {
  readonly command: string;
  readonly pid: number;
  readonly writtenBytes: number;
}

export type WriteCounts = ReadonlyMap<number, Writer>;

export function processWrites(tree: Tree): WriteCounts {
  const writers = new Map<number, Writer>();
  for (const name of tree.names('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const writtenBytes = /^write_bytes: (\d+)$/m.exec(tree.text(`/proc/${name}/io`) ?? '')?.[1];
    if (writtenBytes === undefined) continue;
    const command = tree.text(`/proc/${name}/comm`)?.trim() ?? '';
    writers.set(pid, { command, pid, writtenBytes: Number(writtenBytes) });
  }
  return writers;
}

/** Who wrote between two moments, most first; `own` is left out, and so are trickles below `leastBytes`. */
export function otherWriters(before: WriteCounts, after: WriteCounts, own: number, leastBytes = 65_536): Writer[] {
  return [...after.values()]
    .map((writer) => ({
      ...writer,
      writtenBytes: writer.writtenBytes - (before.get(writer.pid)?.writtenBytes ?? 0),
    }))
    .filter((writer) => writer.pid !== own && writer.writtenBytes >= leastBytes)
    .sort((a, b) => b.writtenBytes - a.writtenBytes)
    .slice(0, 10);
}

/**
 * What else runs on the node beside a member, one kind at a time, each with the writes or reads that make it a bad
 * neighbour:
 *
 * - image-pull: large buffered writes, synced at the end of each layer, as a container runtime unpacks an image;
 * - log-writer: small buffered appends, synced rarely;
 * - snapshot-read: a large file read from end to end, as a snapshot is sent to a member;
 * - defragmentation: a database copied into a new file and synced, as `etcdctl defrag` does.
 *
 * The figures are assumed from the defaults of the programs imitated; none waits for the other.
 */
import type { Disk, DiskFile } from '../../base/disk.ts';
import type { LoadContext } from './append-load.ts';
import type { Load, NeighbourName, NeighbourSpec, Sample } from './load.ts';

const MIB = 1 << 20;

/** Bytes a step, the steps between syncs (0: none), and the steps a second. */
export const NEIGHBOUR_SHAPES = {
  'image-pull': { stepBytes: MIB, syncEvery: 64, stepsPerS: 100 },
  'log-writer': { stepBytes: 512, syncEvery: 500, stepsPerS: 1000 },
  'snapshot-read': { stepBytes: MIB, syncEvery: 0, stepsPerS: 100 },
  defragmentation: { stepBytes: 256 * 1024, syncEvery: 256, stepsPerS: 400 },
} as const;

export function neighbourFile(directory: string, neighbour: NeighbourName): string {
  return `${directory}/${neighbour}.dat`;
}

export function neighbourLoad(
  { neighbour, fileBytes, directory }: NeighbourSpec,
  { nowMs, random, disk }: Omit<LoadContext, 'files'> & { readonly disk: Disk },
): Load {
  const { stepBytes, syncEvery } = NEIGHBOUR_SHAPES[neighbour];
  const bytes = new Uint8Array(Uint32Array.from({ length: stepBytes / 4 }, () => random.uint32()).buffer);
  const file: DiskFile = disk.open(
    `${directory}/${neighbour}.dat`,
    neighbour === 'snapshot-read' ? 'read-write' : 'create',
  );
  let offset = 0;
  let steps = 0;
  return {
    step(): Sample {
      if (offset + stepBytes > fileBytes) offset = 0;
      const startMs = nowMs();
      if (neighbour === 'snapshot-read') file.read(bytes, offset);
      else file.write(bytes, offset);
      const writtenMs = nowMs();
      offset += stepBytes;
      steps += 1;
      if (syncEvery > 0 && steps % syncEvery === 0) file.datasync();
      return { writeMs: writtenMs - startMs, syncMs: nowMs() - writtenMs, switchMs: 0, bytes: stepBytes };
    },
    close: () => file.close(),
  };
}

/**
 * How faithfully a modelled disk keeps its model: `node test/bench/modelled-disk.mjs [directory] [seconds]` (after a build).
 *
 * A writer of 2,300 B and fdatasync on a modelled disk; p50 and p99 as the writer sees them against those of the model alone,
 * the syncs that reality made longer, and the processor time of a sync, which is what waiting must not cost.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { seededRandom } from '../../dist/base/random.js';
import { ascending, nearestRank } from '../../dist/core/stats/index.js';
import { nodeDisk } from '../../dist/platform/node-disk.js';
import { findDiskModel, modelledDisk, modelledVolume } from '../../dist/storage/disk-models/index.js';

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'etcdmark-bench-model-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const seconds = Number(process.argv[3] ?? 5);
const nowMs = () => performance.now();

for (const name of ['gp3', 'gp3-busy', 'gp2:300GiB', 'nvme-consumer', 'hdd']) {
  const model = findDiskModel(name);
  const disk = modelledDisk(nodeDisk(), { model, nowMs, random: seededRandom(1) });
  const file = disk.open(join(directory, name.replace(':', '-')), 'create');
  file.preallocate(64_000_000);
  const bytes = new Uint8Array(2300).fill(7);
  const measured = [];
  const cpu = process.cpuUsage();
  const endMs = nowMs() + seconds * 1000;
  for (let offset = 0; nowMs() < endMs; offset = (offset + 2300) % 60_000_000) {
    file.write(bytes, offset);
    const startMs = nowMs();
    file.datasync();
    measured.push(nowMs() - startMs);
  }
  const { user, system } = process.cpuUsage(cpu);
  file.close();
  const volume = modelledVolume(model);
  const random = seededRandom(2);
  let atMs = 0;
  const expected = measured.map(() => {
    const delayMs = volume.nextSyncDelayMs(atMs, 2300, random);
    atMs += delayMs;
    return delayMs;
  });
  const ratio = (q) => nearestRank(ascending(measured), q) / nearestRank(ascending(expected), q);
  const { syncs, late } = disk.fidelity();
  console.log(
    `${name.padEnd(14)} ${syncs} syncs, measured / model p50 ${ratio(0.5).toFixed(3)} p99 ${ratio(0.99).toFixed(3)}, late ${((late / syncs) * 100).toFixed(1)} %, CPU ${((user + system) / syncs).toFixed(0)} µs a sync`,
  );
}

/** Probes argv[2] with the recipe argv[3] for argv[4] seconds and prints the Probe; runs the built program. */
import { seededRandom } from '../../../dist/base/random.js';
import { realClock } from '../../../dist/platform/clock.js';
import { runProbe } from '../../../dist/probe/index.js';

const [, , path, recipe, seconds] = process.argv;
const probe = await runProbe(
  {
    path,
    recipe,
    durationS: Number(seconds),
    minDurationS: Number(seconds),
    liveEtcdAtRisk: true,
    neighbours: ['image-pull', 'log-writer'],
  },
  { clock: realClock(), random: seededRandom(1), watchBeforeMs: 0, onProgress: () => process.stderr.write('.') },
);
process.stdout.write(JSON.stringify(probe));

// "200 CI jobs start, the disk cannot follow, and the cluster elects leader after leader", told by numbers, from the built
// files: node test/bench/war-story.mjs [seconds, 46 as the profile has it] [output folder, reports/runs]
//
// The same load on three bundled members, on a modelled disk whose p99 is over 100 ms (models/flooded.json) and on io2.
// Both Runs, and one report that holds both beside each other, are written to a folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { loadProfile } from '../../dist/bench/index.js';
import { measureRun } from '../../dist/cli/measure-run.js';
import { startTarget } from '../../dist/cluster/index.js';
import { realClock } from '../../dist/platform/clock.js';
import { renderReport, writeRunDirectory } from '../../dist/report/index.js';

const seconds = process.argv[2] === undefined ? undefined : Number(process.argv[2]);
const output = process.argv[3] ?? 'reports/runs';
const MODELS = [join(import.meta.dirname, 'models/flooded.json'), 'io2'];

const clock = realClock();
const dataRoot = mkdtempSync(join(tmpdir(), 'etcdmark-bench-story-'));
process.on('exit', () => rmSync(dataRoot, { recursive: true, force: true }));
const ms = (value) => (value === null ? '-' : `${value.toFixed(1)} ms`);
const changes = [];
const runs = [];

for (const diskModel of MODELS) {
  const target = await startTarget({ kind: 'bundled', members: 3, diskModel, dataRoot }, { clock });
  try {
    const run = await measureRun({
      profile: loadProfile('ci-200-jobs'),
      target,
      seed: 1,
      client: 'lean',
      clock,
      command: `war-story ${target.diskModel}`,
      version: 'bench',
      facts: {},
      leaveKeys: true,
      ...(seconds === undefined ? {} : { durationS: seconds }),
      onProgress: () => undefined,
    });
    const { total, server, audit } = run;
    changes.push(server.leaderChanges);
    runs.push(run);
    console.log(
      `${target.diskModel}: WAL fsync p50 ${ms(server.walFsyncMs.p50)} p99 ${ms(server.walFsyncMs.p99)} of ${server.walFsyncMs.count}, ` +
        `${server.leaderChanges} leader changes, ${total.completed} answered, ${total.errors} errors ` +
        `${JSON.stringify(total.errorsByCode)}, response p99 ${ms(total.responseMs.p99)} max ${ms(total.responseMs.max)}, ` +
        `verdict ${run.verdict}, ${audit?.violations.length ?? 'no audit, so unknown'} violations`,
    );
    const { code, title } = run.findings[0] ?? { code: '-', title: '-' };
    console.log(`  first finding: ${code}: ${title}`);
    for (const { t, kind, member, text } of run.events) {
      if (kind === 'leader-change') console.log(`  ${t.toFixed(1).padStart(5)} s  ${member} ${text}`);
    }
    console.log(`  ${(await writeRunDirectory(run, { root: output })).report}`);
  } finally {
    await target.stop();
  }
}
const joint = join(output, `war-story-${runs[0].startedAt.replaceAll(':', '-').replace(/\..*/, '')}.html`);
writeFileSync(joint, await renderReport(runs));
console.log(`both in one report: ${joint}`);
const [flooded, io2] = changes;
const told = flooded > 0 && io2 === 0;
console.log(told ? 'as the story has it' : 'NOT as the story has it');
process.exitCode = told ? 0 : 1;

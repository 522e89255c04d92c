// The profiles that hurt a cluster, at the bundled one and at a real etcd, from the built files:
//   node test/bench/faults.mjs [profile ...]
//
// "silent" is the longest stretch in which no request was answered: what an apiserver sees of an election or a restart.
// Errors are requests that were sent and not answered, or refused; the audit settles what became of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { loadProfile, runProfile } from '../../dist/bench/index.js';
import { startTarget } from '../../dist/cluster/index.js';
import { realClock } from '../../dist/platform/clock.js';
import { violationsIn } from './support/outcome.mjs';

const MEMBERS = { 'quota-fill': 1, 'defrag-under-load': 3, 'leader-loss': 3, 'rolling-restart': 3 };
const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : Object.keys(MEMBERS);

const clock = realClock();
const dataRoot = mkdtempSync(join(tmpdir(), 'etcdmark-bench-faults-'));
process.on('exit', () => rmSync(dataRoot, { recursive: true, force: true }));
const ms = (value) => (value === null ? '-' : value.toFixed(0));
let wrong = 0;

for (const name of names) {
  for (const kind of ['bundled', 'etcd']) {
    const profile = loadProfile(name);
    const spec = kind === 'etcd' ? { kind, binary: 'etcd' } : { kind };
    const members = MEMBERS[name] ?? 3;
    const target = await startTarget({ ...spec, members, flags: profile.memberFlags, dataRoot }, { clock });
    try {
      const parts = await runProfile({ profile, target, seed: 3, client: 'lean', clock, leaveKeys: true });
      const { total, server, audit, warnings } = parts;
      wrong += violationsIn(audit);
      console.log(
        `${name} at ${kind} x${members}: ${total.completed} answered, ${total.errors} errors ` +
          `${JSON.stringify(total.errorsByCode)}, silent ${ms(silentMs(parts))} ms, response p50 ${ms(total.responseMs.p50)} ` +
          `p99 ${ms(total.responseMs.p99)} max ${ms(total.responseMs.max)} ms, ${server.leaderChanges} leader changes, ` +
          `${audit?.acknowledgedWrites ?? 0} writes acknowledged, ${violationsIn(audit)} wrong`,
      );
      for (const { text } of warnings) console.log(`  ${text}`);
      for (const line of audit?.violations ?? []) console.log(`  ${line}`);
      for (const { t, kind: what, member, text } of parts.events) {
        if (what !== 'compaction') console.log(`  ${t.toFixed(1).padStart(5)} s  ${member ?? ''} ${text}`);
      }
    } finally {
      await target.stop();
    }
  }
}
process.exitCode = wrong === 0 ? 0 : 1;

/** The slowest answers came after it: a response time is as long as the silence that its request fell into. */
function silentMs({ series }) {
  let longest = 0;
  let since;
  for (const { t, completed } of series) {
    const answered = Object.values(completed).some((count) => count > 0);
    since = answered ? undefined : (since ?? t);
    if (since !== undefined) longest = Math.max(longest, (t + 1 - since) * 1_000);
  }
  return longest;
}

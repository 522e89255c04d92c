/** The audit at the end: the cluster's key space against what the generators were told, the watches against both. */
import type { ByteString } from '../base/bytes.ts';
import { prefixEnd } from '../base/bytes.ts';
import type { ControlClient } from '../client/control/index.ts';
import type { Audit } from '../core/run/index.ts';
import { auditKeys } from '../core/workload/index.ts';
import type { FoundKey, Keyspace, LedgerEntry } from '../core/workload/index.ts';
import type { LoadReport, WatchReport } from './worker/protocol.ts';

/** As an apiserver's watch cache pages its first list. */
const PAGE = 2_000;
const MOST_LINES = 20;

export interface AuditInput {
  readonly control: ControlClient;
  readonly keyspace: Keyspace;
  readonly loads: readonly LoadReport[];
  readonly watches: WatchReport | undefined;
}

export async function finalAudit({ control, keyspace, loads, watches }: AuditInput): Promise<Audit> {
  const ledger = loads.flatMap((load) => load.ledger);
  const keys = auditKeys(ledger, await foundKeys(control, keyspace));
  const watch = watches === undefined ? { gaps: 0, disorders: 0, violations: [] } : judgeWatches(watches, ledger);
  return {
    acknowledgedWrites: keys.acknowledgedWrites,
    lostWrites: keys.lostWrites + keys.damagedValues,
    doubledWrites: keys.doubledWrites,
    revisionRegressions: loads.reduce((sum, load) => sum + load.regressions, 0),
    watchGaps: watch.gaps,
    watchDisorders: watch.disorders,
    violations: [...loads.flatMap((load) => load.violations), ...keys.violations, ...watch.violations].slice(
      0,
      MOST_LINES,
    ),
  };
}

/** Every key under the profile's resources, at one revision. */
async function foundKeys(control: ControlClient, keyspace: Keyspace): Promise<FoundKey[]> {
  const found: FoundKey[] = [];
  const resources = new Set(keyspace.objects.map((space) => space.resourcePrefix));
  for (const prefix of resources) {
    const spaces = keyspace.objects.filter((space) => space.resourcePrefix === prefix);
    let key: ByteString = prefix;
    let revision = 0;
    for (let more = true; more;) {
      const page = await control.range({ key, rangeEnd: prefixEnd(prefix), limit: PAGE, revision });
      revision = page.header?.revision ?? revision;
      for (const kv of page.kvs) {
        // Two kinds may share a resource; the value belongs to one of them.
        const intact = spaces.some((space) => space.values.isIntact(kv.value));
        found.push({ key: kv.key, modRevision: kv.modRevision, version: kv.version, intact });
      }
      more = page.more && page.kvs.length > 0;
      key = `${page.kvs.at(-1)?.key ?? key}\0`;
    }
  }
  return found;
}

/** How many events a watch must have seen: every acknowledged write under its key, and perhaps the unanswered ones. */
export function expectedEvents(ledger: readonly LedgerEntry[], key: ByteString, startRevision: number) {
  let least = 0;
  let unanswered = 0;
  for (const entry of ledger) {
    const covered = key.endsWith('/') ? entry.key.startsWith(key) : entry.key === key;
    if (!covered) continue;
    least += entry.acknowledged;
    unanswered += entry.unanswered;
    // Written before the watch stood.
    if (entry.preloadedAt > 0 && entry.preloadedAt <= startRevision) least--;
  }
  return { least, most: least + unanswered };
}

function judgeWatches(report: WatchReport, ledger: readonly LedgerEntry[]) {
  let gaps = 0;
  let disorders = 0;
  const violations: string[] = [];
  const expected = new Map<string, { least: number; most: number }>();
  for (const watch of report.watches) {
    gaps += watch.gaps;
    disorders += watch.disorders;
    violations.push(...watch.violations);
    const about = `${watch.key}@${watch.startRevision}`;
    const { least, most } = expected.get(about) ?? expectedEvents(ledger, watch.key, watch.startRevision);
    expected.set(about, { least, most });
    if (watch.ended !== undefined) {
      gaps++;
      violations.push(`watch "${watch.name}" on ${watch.key} ended: ${watch.ended}`);
    } else if (watch.events < least) {
      gaps += least - watch.events;
      violations.push(`watch "${watch.name}" on ${watch.key}: ${watch.events} events of at least ${least} writes`);
    } else if (watch.events > most) {
      disorders += watch.events - most;
      violations.push(`watch "${watch.name}" on ${watch.key}: ${watch.events} events of at most ${most} writes`);
    }
  }
  return { gaps, disorders, violations };
}

/** The audit at the end: the cluster's key space against what the generators were told, the watches against both. */
import type { ByteString } from '../base/bytes.ts';
import { prefixEnd } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import type { ControlClient } from '../client/control/index.ts';
import type { Message } from '../core/api/index.ts';
import type { Audit } from '../core/run/index.ts';
import { KeyAudit, MOST_VIOLATION_LINES, entriesOf, entryOf } from '../core/workload/index.ts';
import type { FoundKey, Keyspace, LedgerEntry, LedgerReport, ObjectSpace } from '../core/workload/index.ts';
import type { LoadReport, WatchReport } from './worker/protocol.ts';

/** As an apiserver's watch cache pages its first list. */
const PAGE = 2_000;

export interface AuditInput {
  readonly control: ControlClient;
  readonly clock: Clock;
  readonly keyspace: Keyspace;
  readonly loads: readonly LoadReport[];
  readonly watches: WatchReport | undefined;
}

export async function finalAudit({ control, clock, keyspace, loads, watches }: AuditInput): Promise<Audit> {
  const ledgers = loads.map((load) => load.ledger);
  const audit = new KeyAudit(ledgers, (space, object) => keyspace.spaces[space]!.keyOf(object));
  const atMs = await findKeys(control, clock, keyspace, (found) => audit.found(found));
  const keys = audit.finish(atMs);
  const watch = watches === undefined ? NO_WATCHES : judgeWatches(watches, ledgers, keyspace);
  return {
    acknowledgedWrites: keys.acknowledgedWrites,
    lostWrites: keys.lostWrites + keys.damagedValues + keys.wrongLeases,
    doubledWrites: keys.doubledWrites,
    revisionRegressions: loads.reduce((sum, load) => sum + load.regressions, 0),
    watchGaps: watch.gaps,
    watchDisorders: watch.disorders,
    violations: [...loads.flatMap((load) => load.violations), ...keys.violations, ...watch.violations].slice(
      0,
      MOST_VIOLATION_LINES,
    ),
  };
}

/** Hands on every key under the profile's resources, each resource at one revision; when the last page was answered. */
async function findKeys(
  control: ControlClient,
  clock: Clock,
  { spaces }: Keyspace,
  onFound: (key: FoundKey) => void,
): Promise<number> {
  for (const prefix of new Set(spaces.map((space) => space.resourcePrefix))) {
    // Two kinds may share a resource; the key belongs to one of them.
    const mine = spaces.filter((space) => space.resourcePrefix === prefix);
    let key: ByteString = prefix;
    let revision = 0;
    for (let more = true; more;) {
      const page = await control.range({ key, rangeEnd: prefixEnd(prefix), limit: PAGE, revision });
      revision = page.header?.revision ?? revision;
      for (const kv of page.kvs) onFound(foundKey(kv, mine));
      more = page.more && page.kvs.length > 0;
      key = `${page.kvs.at(-1)?.key ?? key}\0`;
    }
  }
  return clock.nowMs();
}

function foundKey(kv: Message<'KeyValue'>, spaces: readonly ObjectSpace[]): FoundKey {
  const { key, modRevision, version, lease, value } = kv;
  for (const space of spaces) {
    const object = space.objectOf(key);
    if (object === undefined) continue;
    const intact = space.values.isIntact(value);
    return { key, place: { space: space.number, object }, modRevision, version, lease, intact };
  }
  return { key, place: undefined, modRevision, version, lease, intact: false };
}

/** How many events a watch must have seen: every acknowledged write under its key, and perhaps the unanswered ones. */
export function expectedEvents(
  ledgers: readonly LedgerReport[],
  { spaces }: Keyspace,
  key: ByteString,
  startRevision: number,
): { least: number; most: number } {
  const sum = { least: 0, unanswered: 0 };
  const add = (entry: LedgerEntry): void => {
    sum.least += entry.acknowledged;
    sum.unanswered += entry.unanswered;
    // Written before the watch stood.
    if (entry.preloadedAt > 0 && entry.preloadedAt <= startRevision) sum.least--;
  };
  for (const space of spaces) {
    const { number, resourcePrefix } = space;
    const object = space.objectOf(key);
    for (const ledger of ledgers) {
      if (object !== undefined) {
        const entry = entryOf(ledger, number, object);
        if (entry !== undefined) add(entry);
      } else if (resourcePrefix === key) {
        const gone = ledger.shelves[number]?.gone;
        sum.least += gone?.acknowledged ?? 0;
        sum.unanswered += gone?.unanswered ?? 0;
        for (const entry of entriesOf(ledger, number)) add(entry);
      }
    }
  }
  return { least: sum.least, most: sum.least + sum.unanswered };
}

const NO_WATCHES = { gaps: 0, disorders: 0, violations: [] };

function judgeWatches(report: WatchReport, ledgers: readonly LedgerReport[], keyspace: Keyspace) {
  let gaps = 0;
  let disorders = 0;
  const violations: string[] = [];
  const expected = new Map<string, { least: number; most: number }>();
  for (const watch of report.watches) {
    gaps += watch.gaps;
    disorders += watch.disorders;
    violations.push(...watch.violations);
    const about = `${watch.key}@${watch.startRevision}`;
    const { least, most } = expected.get(about) ?? expectedEvents(ledgers, keyspace, watch.key, watch.startRevision);
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

/** Which watches a profile opens, and waiting until they have seen what was written. */
import type { Clock } from '../base/clock.ts';
import type { Keyspace, Profile } from '../core/workload/index.ts';
import { expectedEvents } from './final-audit.ts';
import type { Generator } from './generator.ts';
import type { LoadReport, WatchConfig, WatchReport } from './worker/protocol.ts';

/** Events may come this long after the last answer before they count as missing. Source: assumed, far above any healthy delivery. */
const SETTLE_MS = 10_000;
const LOOK_EVERY_MS = 100;

export function planWatches(profile: Profile, keyspace: Keyspace, revision: number, version: string): WatchConfig[] {
  const tracked = new Set<string>();
  return profile.watches.flatMap((group) => {
    const space = keyspace.of(group.object);
    return Array.from({ length: group.count }, (_, i): WatchConfig => {
      const key = group.scope === 'all' ? space.resourcePrefix : space.keyOf(i % space.kind.count);
      const byKey = !tracked.has(key);
      tracked.add(key);
      return {
        name: group.count === 1 ? group.name : `${group.name}-${i + 1}`,
        key,
        startRevision: revision,
        cached: group.cached,
        progressEveryMs: asksForProgress(version) ? group.progressEvery : undefined,
        byKey,
      };
    });
  });
}

/**
 * Whether an apiserver would ask this etcd for progress: before these versions the answer may run ahead of events.
 * Source: kubernetes/apiserver feature support checker: 3.4.31 and 3.5.13.
 */
export function asksForProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 31;
  if (minor === 5) return patch >= 13;
  return minor > 5;
}

/** The watches' report once every watch has seen what it must, or when waiting is in vain. */
export async function settledWatches(
  watcher: Generator | undefined,
  loads: readonly LoadReport[],
  keyspace: Keyspace,
  clock: Clock,
): Promise<WatchReport | undefined> {
  if (watcher === undefined) return undefined;
  const ledgers = loads.map((load) => load.ledger);
  const deadline = clock.nowMs() + SETTLE_MS;
  const least = new Map<string, number>();
  for (;;) {
    const report = (await watcher.report()) as WatchReport;
    const settled = report.watches.every((watch) => {
      const expected = least.get(watch.key) ?? expectedEvents(ledgers, keyspace, watch.key, watch.startRevision).least;
      least.set(watch.key, expected);
      return watch.events >= expected || watch.ended !== undefined;
    });
    if (settled || clock.nowMs() > deadline) return report;
    await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  }
}

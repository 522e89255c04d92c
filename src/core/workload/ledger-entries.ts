/** A ledger read: object by object. */
import { PAGE_OBJECTS } from './ledger-shelf.ts';
import type { LedgerReport } from './ledger.ts';

/** What is known of an object. */
export interface LedgerEntry {
  readonly space: number;
  readonly object: number;
  /** As in LedgerPage. */
  readonly revision: number;
  readonly version: number;
  readonly acknowledged: number;
  readonly lease: bigint;
  readonly preloadedAt: number;
  /** As in Doubt. */
  readonly uncertain: number;
  readonly maybeGone: boolean;
  readonly unanswered: number;
}

/** Every object of a space that a write was sent for, but for those that are gone for certain and forgotten. */
export function* entriesOf(report: LedgerReport, space: number): Generator<LedgerEntry> {
  const shelf = report.shelves[space];
  if (shelf === undefined) return;
  for (const [number, { acknowledged }] of shelf.pages) {
    for (let at = 0; at < PAGE_OBJECTS; at++) {
      if (acknowledged[at]! > 0) yield entryOf(report, space, number * PAGE_OBJECTS + at)!;
    }
  }
  for (const object of shelf.doubts.keys()) {
    const entry = entryOf(report, space, object)!;
    if (entry.acknowledged === 0) yield entry;
  }
}

/** Undefined where no write was ever sent, or the object is gone for certain and forgotten. */
export function entryOf(report: LedgerReport, space: number, object: number): LedgerEntry | undefined {
  const shelf = report.shelves[space];
  const page = shelf?.pages.get(Math.floor(object / PAGE_OBJECTS));
  const doubt = shelf?.doubts.get(object);
  const at = object % PAGE_OBJECTS;
  const acknowledged = page?.acknowledged[at] ?? 0;
  if (acknowledged === 0 && doubt === undefined) return undefined;
  return {
    space,
    object,
    revision: page?.revision[at] ?? 0,
    version: page?.version[at] ?? 0,
    acknowledged,
    lease: page?.lease?.[at] ?? 0n,
    preloadedAt: page?.preloadedAt?.[at] ?? 0,
    uncertain: doubt?.uncertain ?? 0,
    maybeGone: doubt?.maybeGone ?? false,
    unanswered: doubt?.unanswered ?? 0,
  };
}

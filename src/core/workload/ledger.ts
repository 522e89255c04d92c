/**
 * What the writers know: for every object the revision and version that were acknowledged, and how many writes ended
 * without an answer (they may have happened or not). The models take revisions for their compares from here, the final
 * audit compares it with what the cluster holds.
 *
 * An hour of load writes millions of keys: they are kept as columns by the object's number, 16 bytes each, and where all
 * objects of a page are deleted for certain, only their counts are.
 */
import type { Write } from './call.ts';
import { LedgerShelf } from './ledger-shelf.ts';
import type { ShelfReport } from './ledger-shelf.ts';

/** Plain data: a ledger travels between processes. */
export interface LedgerReport {
  /** By the number of the space. */
  readonly shelves: readonly ShelfReport[];
  /** The earliest instant (CLOCK_MONOTONIC, ms) at which each lease may end by itself; those that were revoked are not here. */
  readonly leases: ReadonlyMap<bigint, number>;
}

export interface Ledger {
  /** The last known ModRevision; 0 where the object is not known to exist. */
  revisionOf(space: number, object: number): number;
  /** How many writes of the object were acknowledged, as far as that is kept. */
  writesOf(space: number, object: number): number;
  /** A write or deletion succeeded at `revision`. */
  acknowledged(write: Write, revision: number): void;
  /** A write before the load began succeeded at `revision`. */
  preloaded(write: Write, revision: number): void;
  /** A write or deletion ended without an answer. */
  unanswered(write: Write): void;
  /** A lease lives until `endsMs` at least. */
  leased(id: bigint, endsMs: number): void;
  /** A lease is about to be revoked. */
  revoking(id: bigint): void;
  report(): LedgerReport;
}

/** `lasting`, by space: objects below that number come again, so that theirs is kept for good. */
export function newLedger(lasting: readonly number[] = []): Ledger {
  const shelves: LedgerShelf[] = [];
  const leases = new Map<bigint, number>();
  const shelfOf = (space: number): LedgerShelf => (shelves[space] ??= new LedgerShelf(lasting[space] ?? 0));
  return {
    revisionOf: (space, object) => shelves[space]?.revisionOf(object) ?? 0,
    writesOf: (space, object) => shelves[space]?.writesOf(object) ?? 0,
    acknowledged: (write, revision) => shelfOf(write.space).acknowledged(write, revision),
    preloaded: (write, revision) => shelfOf(write.space).preloaded(write, revision),
    unanswered: (write) => shelfOf(write.space).unanswered(write),
    leased: (id, endsMs) => void leases.set(id, endsMs),
    revoking: (id) => void leases.delete(id),
    report: () => ({ shelves: Array.from(shelves, (shelf) => (shelf ?? new LedgerShelf(0)).report()), leases }),
  };
}

/**
 * What the writers know: for every key the revision and version that were acknowledged, and how many writes ended without
 * an answer (they may have happened or not). The models take revisions for their compares from here, the final audit
 * compares it with what the cluster holds.
 */
import type { ByteString } from '../../base/bytes.ts';
import type { Write } from './call.ts';

/** Plain fields: a ledger travels between processes. */
export interface LedgerEntry {
  readonly key: ByteString;
  /** ModRevision of the last acknowledged write; 0: acknowledged as deleted, or never written. */
  revision: number;
  /** Writes since the key was last created, as etcd counts its version: this many at least. */
  version: number;
  /** Writes of unknown outcome since the version was last certain. */
  uncertain: number;
  /** There was a deletion of unknown outcome after what was acknowledged last: the key may be gone, or created anew. */
  maybeGone: boolean;
  /** ModRevision of the write that was acknowledged before the load began; 0: there was none. */
  preloadedAt: number;
  /** All acknowledged writes and deletions, that one included. */
  acknowledged: number;
  /** All writes and deletions of unknown outcome. */
  unanswered: number;
}

export interface Ledger {
  /** The last known ModRevision; 0 where the key is not known to exist. */
  revisionOf(key: ByteString): number;
  /** How many writes of the key were acknowledged. */
  writesOf(key: ByteString): number;
  /** A write or deletion succeeded at `revision`. */
  acknowledged(write: Write, revision: number): void;
  /** A write before the load began succeeded at `revision`. */
  preloaded(write: Write, revision: number): void;
  /** A write or deletion ended without an answer. */
  unanswered(write: Write): void;
  entries(): Iterable<LedgerEntry>;
}

export function newLedger(): Ledger {
  const entries = new Map<ByteString, LedgerEntry>();
  const entryOf = (key: ByteString): LedgerEntry => {
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = {
        key,
        revision: 0,
        version: 0,
        uncertain: 0,
        maybeGone: false,
        preloadedAt: 0,
        acknowledged: 0,
        unanswered: 0,
      };
      entries.set(key, entry);
    }
    return entry;
  };
  const ledger: Ledger = {
    revisionOf: (key) => entries.get(key)?.revision ?? 0,
    writesOf: (key) => entries.get(key)?.acknowledged ?? 0,
    acknowledged: ({ key, kind }, revision) => {
      const entry = entryOf(key);
      entry.acknowledged++;
      if (entry.maybeGone) {
        // What it was counted from may be a new beginning, after that deletion.
        const counted = Math.min(1, entry.version);
        entry.uncertain += entry.version - counted;
        entry.version = counted;
        entry.maybeGone = false;
      }
      if (kind === 'delete') {
        entry.revision = 0;
        entry.version = 0;
        entry.uncertain = 0;
        return;
      }
      if (kind === 'create') {
        entry.version = 0;
        entry.uncertain = 0;
      }
      entry.version++;
      // Plain Puts of one key may be answered out of order; the last one applied is the one that stays.
      entry.revision = Math.max(entry.revision, revision);
    },
    preloaded: (write, revision) => {
      ledger.acknowledged(write, revision);
      entryOf(write.key).preloadedAt = revision;
    },
    unanswered: ({ key, kind }) => {
      const entry = entryOf(key);
      entry.uncertain++;
      entry.unanswered++;
      if (kind === 'delete') entry.maybeGone = true;
    },
    entries: () => entries.values(),
  };
  return ledger;
}

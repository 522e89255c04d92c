/**
 * The final audit: what the writers were told against what the cluster holds. Only what was acknowledged counts; a write
 * without an answer may have happened or not, and both are right.
 */
import type { ByteString } from '../../base/bytes.ts';
import { entriesOf, entryOf } from './ledger-entries.ts';
import type { LedgerEntry } from './ledger-entries.ts';
import { PAGE_OBJECTS } from './ledger-shelf.ts';
import type { LedgerReport } from './ledger.ts';

/** A key as it was found at the end. */
export interface FoundKey {
  readonly key: ByteString;
  /** Whose key it is; undefined: of no object of the profile. */
  readonly place: { readonly space: number; readonly object: number } | undefined;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
  /** Whether the value is one of ours and whole; true where values are not checked. */
  readonly intact: boolean;
}

export interface AuditResult {
  acknowledgedWrites: number;
  lostWrites: number;
  doubledWrites: number;
  damagedValues: number;
  /** Keys bound to a lease that is not theirs. */
  wrongLeases: number;
  /** One line each, the first few. */
  readonly violations: string[];
}

/** An audit tells so many wrong answers in words; more would say no more. */
export const MOST_VIOLATION_LINES = 20;

/** `found` takes every key that is there, in any order, and keeps none of them; `finish` looks for those that are not. */
export class KeyAudit {
  private readonly ledgers: readonly LedgerReport[];
  private readonly keyOf: (space: number, object: number) => ByteString;
  private readonly seen = new SeenObjects();
  private readonly result: AuditResult = {
    acknowledgedWrites: 0,
    lostWrites: 0,
    doubledWrites: 0,
    damagedValues: 0,
    wrongLeases: 0,
    violations: [],
  };

  /** One ledger a generator: all writes of an object are in one of them. */
  constructor(ledgers: readonly LedgerReport[], keyOf: (space: number, object: number) => ByteString) {
    this.ledgers = ledgers;
    this.keyOf = keyOf;
  }

  found(key: FoundKey): void {
    judgePresent(this.result, this.entryOf(key), key);
    if (key.place !== undefined) this.seen.add(key.place.space, key.place.object);
  }

  /** `atMs` (CLOCK_MONOTONIC): when the keys were looked for. What a lease may have taken by then need not be there. */
  finish(atMs: number): AuditResult {
    const { result, seen } = this;
    for (const ledger of this.ledgers) {
      ledger.shelves.forEach(({ gone }, space) => {
        result.acknowledgedWrites += gone.acknowledged;
        for (const { object, acknowledged, revision, maybeGone, lease } of entriesOf(ledger, space)) {
          result.acknowledgedWrites += acknowledged;
          if (revision === 0 || maybeGone || seen.has(space, object)) continue;
          const outlived = lease !== 0n && atMs >= (ledger.leases.get(lease) ?? 0);
          if (!outlived)
            lost(result, `${this.keyOf(space, object)}: acknowledged at revision ${revision}, is not there`);
        }
      });
    }
    return result;
  }

  private entryOf({ place }: FoundKey): LedgerEntry | undefined {
    if (place === undefined) return undefined;
    for (const ledger of this.ledgers) {
      const entry = entryOf(ledger, place.space, place.object);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}

/** One byte an object. */
class SeenObjects {
  private readonly spaces: Map<number, Uint8Array>[] = [];

  add(space: number, object: number): void {
    const pages = (this.spaces[space] ??= new Map());
    const number = Math.floor(object / PAGE_OBJECTS);
    let page = pages.get(number);
    if (page === undefined) pages.set(number, (page = new Uint8Array(PAGE_OBJECTS)));
    page[object % PAGE_OBJECTS] = 1;
  }

  has(space: number, object: number): boolean {
    return this.spaces[space]?.get(Math.floor(object / PAGE_OBJECTS))?.[object % PAGE_OBJECTS] === 1;
  }
}

function judgePresent(result: AuditResult, entry: LedgerEntry | undefined, found: FoundKey): void {
  if (!found.intact) {
    result.damagedValues++;
    note(result, `${found.key}: its value is not what was written`);
  }
  const uncertain = entry?.uncertain ?? 0;
  const revision = entry?.revision ?? 0;
  if (found.modRevision < revision) {
    lost(result, `${found.key}: acknowledged at revision ${revision}, stands at ${found.modRevision}`);
  } else if (found.modRevision > revision && uncertain === 0) {
    const known = revision === 0 ? 'deleted or never written' : `last acknowledged at revision ${revision}`;
    doubled(result, `${found.key}: ${known}, stands at revision ${found.modRevision}`);
  } else if (entry !== undefined) {
    const most = entry.version + uncertain;
    // A deletion that may have happened may have begun the count anew.
    if (found.version < entry.version && !entry.maybeGone) {
      lost(result, `${found.key}: ${entry.version} writes acknowledged, version is ${found.version}`);
    } else if (found.version > most) {
      doubled(result, `${found.key}: at most ${most} writes can have happened, version is ${found.version}`);
    } else if (found.modRevision === revision && found.lease !== entry.lease) {
      result.wrongLeases++;
      note(result, `${found.key}: written under lease ${entry.lease}, is bound to ${found.lease}`);
    }
  }
}

function lost(result: AuditResult, line: string): void {
  result.lostWrites++;
  note(result, `lost: ${line}`);
}

function doubled(result: AuditResult, line: string): void {
  result.doubledWrites++;
  note(result, `doubled: ${line}`);
}

function note(result: AuditResult, line: string): void {
  if (result.violations.length < MOST_VIOLATION_LINES) result.violations.push(line);
}

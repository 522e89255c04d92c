/**
 * The final audit: what the writers were told against what the cluster holds. Only what was acknowledged counts; a write
 * without an answer may have happened or not, and both are right.
 */
import type { ByteString } from '../../base/bytes.ts';
import type { LedgerEntry } from './ledger.ts';

/** A key as it was found at the end. */
export interface FoundKey {
  readonly key: ByteString;
  readonly modRevision: number;
  readonly version: number;
  /** Whether the value is one of ours and whole; true where values are not checked. */
  readonly intact: boolean;
}

export interface AuditResult {
  acknowledgedWrites: number;
  lostWrites: number;
  doubledWrites: number;
  damagedValues: number;
  /** One line each, the first few. */
  readonly violations: string[];
}

const MOST_VIOLATION_LINES = 20;

export function auditKeys(ledger: Iterable<LedgerEntry>, found: Iterable<FoundKey>): AuditResult {
  const result: AuditResult = {
    acknowledgedWrites: 0,
    lostWrites: 0,
    doubledWrites: 0,
    damagedValues: 0,
    violations: [],
  };
  const expected = new Map<ByteString, LedgerEntry>();
  for (const entry of ledger) {
    expected.set(entry.key, entry);
    result.acknowledgedWrites += entry.acknowledged;
  }
  for (const key of found) {
    judgePresent(result, expected.get(key.key), key);
    expected.delete(key.key);
  }
  for (const entry of expected.values()) {
    if (entry.revision > 0 && !entry.maybeGone) {
      lost(result, `${entry.key}: acknowledged at revision ${entry.revision}, is not there`);
    }
  }
  return result;
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

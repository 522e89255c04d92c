import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../../src/base/errors.ts';
import { CONF_ADD_VOTER, encodeConfChange } from '../../../src/core/raft/conf-change.ts';
import { ENTRY_OVERHEAD_BYTES, RaftLog } from '../../../src/core/raft/log.ts';
import type { Entry, EntryType } from '../../../src/core/raft/types.ts';

const NO_MEMBERS = { voters: [], learners: [] };

function logOf(terms: readonly number[], commit = 0, applied = 0): RaftLog {
  const entries = terms.map((term, i) => entryOf(term, i + 1));
  return new RaftLog({
    hardState: { term: 100, vote: 0n, commit },
    confState: NO_MEMBERS,
    snapshot: { index: 0, term: 0, confState: NO_MEMBERS },
    entries,
    applied,
  });
}

function entryOf(term: number, index: number, type: EntryType = 0, data: Uint8Array = new Uint8Array(1)): Entry {
  return { type, term, index, data };
}

function termsOf(log: RaftLog): number[] {
  return log.slice(log.mark.index + 1, log.lastIndex, Infinity).map((entry) => entry.term);
}

describe('RaftLog', () => {
  it('holds what a plain array of terms holds, through appends, conflicts and compaction', () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constant('own' as const), a: fc.nat(3), b: fc.nat(3) }),
      fc.record({ kind: fc.constant('received' as const), a: fc.nat(20), b: fc.nat(4) }),
      fc.record({ kind: fc.constant('commit' as const), a: fc.nat(5), b: fc.constant(0) }),
      fc.record({ kind: fc.constant('compact' as const), a: fc.nat(5), b: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const log = logOf([]);
        // terms[index]; index 0 is the beginning of time.
        const terms = [0];
        let commit = 0;
        let compacted = 0;
        let number = 0;
        for (const { kind, a, b } of acts) {
          const lastTerm = terms.at(-1)!;
          if (kind === 'own') {
            log.appendOwn(lastTerm + a, 0, Array<Uint8Array>(b).fill(new Uint8Array(1)));
            for (let i = 0; i < b; i++) terms.push(lastTerm + a);
          } else if (kind === 'received') {
            // A newer leader agrees up to `at`, and has entries of its own after it.
            const at = Math.min(terms.length - 1, Math.max(commit, a));
            const entries = Array.from({ length: b }, (_, i) => entryOf(lastTerm + 1, at + 1 + i));
            expect(log.appendReceived(at, entries)).toBe(at + b);
            if (b > 0) terms.length = at + 1;
            for (const entry of entries) terms.push(entry.term);
          } else if (kind === 'commit') {
            commit = Math.max(commit, Math.min(commit + a, terms.length - 1));
            log.commitTo(commit);
            if (log.hasUnhanded) log.persistence.handedOut(++number, log.lastIndex, undefined, true);
            log.persistence.persisted(number);
            const committed = log.takeCommitted(Infinity);
            if (committed.length > 0) log.appliedTo(committed.at(-1)!.index);
          } else {
            compacted = Math.min(compacted + a, log.applied);
            log.compact(compacted, NO_MEMBERS);
          }
          expect(log.lastIndex).toBe(terms.length - 1);
          expect(log.lastTerm).toBe(terms.at(-1));
          expect(log.commit).toBe(commit);
          expect(log.applied).toBe(commit);
          expect(termsOf(log)).toEqual(terms.slice(compacted + 1));
          for (let index = 0; index <= terms.length; index++) {
            expect(log.termAt(index)).toBe(index < compacted ? undefined : terms[index]);
          }
        }
      }),
    );
  });

  it('finds where logs may agree as a walk from the end does', () => {
    const sorted = fc
      .array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 })
      .map((terms) => terms.sort((a, b) => a - b));
    fc.assert(
      fc.property(sorted, fc.nat(14), fc.nat(7), (terms, index, term) => {
        let at = Math.min(index, terms.length);
        while (at > 0 && terms[at - 1]! > term) at--;
        expect(logOf(terms).lastAtMost(index, term)).toEqual({ index: at, term: at === 0 ? 0 : terms[at - 1] });
      }),
    );
  });

  it('gives at least one entry, and no more bytes than asked for', () => {
    const log = logOf([1, 1, 1, 1]);
    const each = 1 + ENTRY_OVERHEAD_BYTES;
    expect(log.slice(1, 4, 0)).toHaveLength(1);
    expect(log.slice(1, 4, 3 * each)).toHaveLength(3);
    expect(log.slice(1, 4, 3 * each - 1)).toHaveLength(2);
    expect(log.slice(3, 2, 100)).toHaveLength(0);
  });

  it('never replaces a committed entry', () => {
    const log = logOf([1, 1], 2);
    expect(() => log.appendReceived(1, [entryOf(2, 2)])).toThrow(AssertionError);
  });

  it('never commits what it does not have: entries have been lost then', () => {
    expect(() => logOf([1, 1]).commitTo(3)).toThrow('lost entries');
  });

  it('refuses to start when more was applied than the log holds', () => {
    expect(() => logOf([1, 1], 2, 3)).toThrow('log entries have been lost');
    expect(() => logOf([1, 1], 3)).toThrow('log entries have been lost');
  });

  it('refuses entries with a gap and terms that fall', () => {
    expect(() => logOf([2, 1])).toThrow(AssertionError);
    expect(() => logOf([1]).appendReceived(1, [entryOf(1, 3)])).toThrow(AssertionError);
  });

  it('knows from a later membership change that the one before is committed, though the commit index was torn off', () => {
    const data = encodeConfChange({ id: 1n, type: CONF_ADD_VOTER, member: 1n, context: new Uint8Array(0) });
    const types: EntryType[] = [0, 1, 0, 1, 0];
    const entries = types.map((type, i) => entryOf(1, i + 1, type, data));
    const log = new RaftLog({
      hardState: { term: 1, vote: 0n, commit: 0 },
      confState: NO_MEMBERS,
      snapshot: { index: 0, term: 0, confState: NO_MEMBERS },
      entries,
      applied: 0,
    });
    expect(log.commit).toBe(2);
    expect(log.hasUnappliedConfChange()).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditKeys, newLedger } from '../../../src/core/workload/index.ts';
import type { FoundKey, Ledger, Write } from '../../../src/core/workload/index.ts';

/** A key-value store that may betray its client in one way. */
class Server {
  revision = 1;
  readonly keys = new Map<string, { modRevision: number; version: number }>();

  apply({ key, kind }: Write): number {
    const before = this.keys.get(key);
    this.revision++;
    if (kind === 'delete') this.keys.delete(key);
    else this.keys.set(key, { modRevision: this.revision, version: (before?.version ?? 0) + 1 });
    return this.revision;
  }

  found(): FoundKey[] {
    return [...this.keys].map(([key, stored]) => ({ key, ...stored, intact: true }));
  }
}

type Fate = 'acknowledged' | 'unanswered and done' | 'unanswered and not done';
const KEYS = ['a', 'b', 'c'];
const step = fc.record({
  key: fc.constantFrom(...KEYS),
  wish: fc.constantFrom('write' as const, 'write' as const, 'delete' as const),
  fate: fc.constantFrom<Fate>('acknowledged', 'acknowledged', 'unanswered and done', 'unanswered and not done'),
});
type StepOf = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A client that writes as optimistic concurrency lets it: it creates only what is not there. */
function play(steps: readonly StepOf[]): { server: Server; ledger: Ledger } {
  const server = new Server();
  const ledger = newLedger();
  for (const { key, wish, fate } of steps) {
    const there = server.keys.has(key);
    if (wish === 'delete' && !there) continue;
    const write: Write = { key, kind: wish === 'delete' ? 'delete' : there ? 'put' : 'create' };
    if (fate === 'acknowledged') {
      // An update is acknowledged only from the revision that stands: whoever was unsure has asked before.
      const known = server.keys.get(key);
      if (known !== undefined && ledger.revisionOf(key) !== known.modRevision) ledger.unanswered({ key, kind: 'put' });
      ledger.acknowledged(write, server.apply(write));
    } else {
      if (fate === 'unanswered and done') server.apply(write);
      ledger.unanswered(write);
    }
  }
  return { server, ledger };
}

describe('auditKeys', () => {
  it('finds nothing wrong with an honest server, whatever went unanswered', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { server, ledger } = play(steps);
        expect(auditKeys(ledger.entries(), server.found()).violations).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['and is then written again', []],
    ['and is then written again, twice', [{ key: 'a', wish: 'write', fate: 'acknowledged' }]],
  ] as const)('counts anew where a deletion without an answer took a key %s', (_name, after) => {
    const { server, ledger } = play([
      { key: 'a', wish: 'write', fate: 'acknowledged' },
      { key: 'a', wish: 'write', fate: 'acknowledged' },
      { key: 'a', wish: 'delete', fate: 'unanswered and done' },
      { key: 'a', wish: 'write', fate: 'unanswered and done' },
      ...after,
    ]);
    expect(auditKeys(ledger.entries(), server.found()).violations).toEqual([]);
  });

  const certain = fc.array(
    step.map((each) => ({ ...each, fate: 'acknowledged' as const })),
    { minLength: 1, maxLength: 30 },
  );

  it('finds every key that was lost', () => {
    fc.assert(
      fc.property(certain, (steps) => {
        const { server, ledger } = play(steps);
        const there = server.found();
        const result = auditKeys(ledger.entries(), []);
        expect(result.lostWrites).toBe(there.length);
      }),
    );
  });

  it('finds a last write that was lost, and one that was carried out twice', () => {
    fc.assert(
      fc.property(certain, fc.nat(), (steps, pick) => {
        const { server, ledger } = play(steps);
        const found = server.found();
        fc.pre(found.length > 0);
        const victim = found[pick % found.length]!;
        const others = found.filter((key) => key !== victim);
        const stale = { ...victim, modRevision: victim.modRevision - 1, version: victim.version - 1 };
        expect(auditKeys(ledger.entries(), [...others, stale])).toMatchObject({ lostWrites: 1, doubledWrites: 0 });
        const twice = { ...victim, modRevision: server.revision + 1, version: victim.version + 1 };
        expect(auditKeys(ledger.entries(), [...others, twice])).toMatchObject({ lostWrites: 0, doubledWrites: 1 });
        const quietlyTwice = { ...victim, version: victim.version + 1 };
        expect(auditKeys(ledger.entries(), [...others, quietlyTwice])).toMatchObject({ doubledWrites: 1 });
      }),
    );
  });

  it('finds a deletion that was undone, a key that nobody wrote, and a damaged value', () => {
    const ledger = newLedger();
    ledger.acknowledged({ key: 'a', kind: 'create' }, 5);
    ledger.acknowledged({ key: 'a', kind: 'delete' }, 6);
    ledger.acknowledged({ key: 'b', kind: 'create' }, 7);
    const result = auditKeys(ledger.entries(), [
      { key: 'a', modRevision: 5, version: 1, intact: true },
      { key: 'b', modRevision: 7, version: 1, intact: false },
      { key: 'c', modRevision: 8, version: 1, intact: true },
    ]);
    expect(result).toMatchObject({ acknowledgedWrites: 3, lostWrites: 0, doubledWrites: 2, damagedValues: 1 });
    expect(result.violations).toEqual([
      'doubled: a: deleted or never written, stands at revision 5',
      'b: its value is not what was written',
      'doubled: c: deleted or never written, stands at revision 8',
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyAudit, entriesOf, newLedger } from '../../../src/core/workload/index.ts';
import type { FoundKey, Ledger, Write } from '../../../src/core/workload/index.ts';

/** A key-value store that may betray its client in one way. */
class Server {
  revision = 1;
  readonly objects = new Map<number, { modRevision: number; version: number }>();

  apply({ object, kind }: Write): number {
    const before = this.objects.get(object);
    this.revision++;
    if (kind === 'delete') this.objects.delete(object);
    else this.objects.set(object, { modRevision: this.revision, version: (before?.version ?? 0) + 1 });
    return this.revision;
  }

  found(): FoundKey[] {
    return [...this.objects].map(([object, stored]) => foundKey(object, stored.modRevision, stored.version));
  }
}

const keyOf = (space: number, object: number): string => `key-${space}-${object}`;

function foundKey(object: number, modRevision: number, version: number, change: Partial<FoundKey> = {}): FoundKey {
  return {
    key: keyOf(0, object),
    place: { space: 0, object },
    modRevision,
    version,
    lease: 0n,
    intact: true,
    ...change,
  };
}

function audit(ledger: Ledger, found: readonly FoundKey[], atMs = 0) {
  // As it comes from another process.
  const audit = new KeyAudit([structuredClone(ledger.report())], keyOf);
  for (const key of found) audit.found(key);
  return audit.finish(atMs);
}

type Fate = 'acknowledged' | 'unanswered and done' | 'unanswered and not done';
const OBJECTS = [0, 1, 5_000];
const step = fc.record({
  object: fc.constantFrom(...OBJECTS),
  wish: fc.constantFrom('write' as const, 'write' as const, 'delete' as const),
  fate: fc.constantFrom<Fate>('acknowledged', 'acknowledged', 'unanswered and done', 'unanswered and not done'),
});
type StepOf = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A client that writes as optimistic concurrency lets it: it creates only what is not there. */
function play(steps: readonly StepOf[]): { server: Server; ledger: Ledger } {
  const server = new Server();
  const ledger = newLedger();
  for (const { object, wish, fate } of steps) {
    const there = server.objects.has(object);
    if (wish === 'delete' && !there) continue;
    const write: Write = { space: 0, object, kind: wish === 'delete' ? 'delete' : there ? 'put' : 'create' };
    if (fate === 'acknowledged') {
      // An update is acknowledged only from the revision that stands: whoever was unsure has asked before.
      const known = server.objects.get(object);
      if (known !== undefined && ledger.revisionOf(0, object) !== known.modRevision) {
        ledger.unanswered({ space: 0, object, kind: 'put' });
      }
      ledger.acknowledged(write, server.apply(write));
    } else {
      if (fate === 'unanswered and done') server.apply(write);
      ledger.unanswered(write);
    }
  }
  return { server, ledger };
}

describe('the audit of keys', () => {
  it('finds nothing wrong with an honest server, whatever went unanswered', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { server, ledger } = play(steps);
        expect(audit(ledger, server.found()).violations).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['and is then written again', []],
    ['and is then written again, twice', [{ object: 0, wish: 'write', fate: 'acknowledged' }]],
  ] as const)('counts anew where a deletion without an answer took a key %s', (_name, after) => {
    const { server, ledger } = play([
      { object: 0, wish: 'write', fate: 'acknowledged' },
      { object: 0, wish: 'write', fate: 'acknowledged' },
      { object: 0, wish: 'delete', fate: 'unanswered and done' },
      { object: 0, wish: 'write', fate: 'unanswered and done' },
      ...after,
    ]);
    expect(audit(ledger, server.found()).violations).toEqual([]);
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
        const result = audit(ledger, []);
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
        expect(audit(ledger, [...others, stale])).toMatchObject({ lostWrites: 1, doubledWrites: 0 });
        const twice = { ...victim, modRevision: server.revision + 1, version: victim.version + 1 };
        expect(audit(ledger, [...others, twice])).toMatchObject({ lostWrites: 0, doubledWrites: 1 });
        const quietlyTwice = { ...victim, version: victim.version + 1 };
        expect(audit(ledger, [...others, quietlyTwice])).toMatchObject({ doubledWrites: 1 });
      }),
    );
  });

  it('finds a deletion that was undone, a key that nobody wrote, and a damaged value', () => {
    const ledger = newLedger();
    ledger.acknowledged({ space: 0, object: 0, kind: 'create' }, 5);
    ledger.acknowledged({ space: 0, object: 0, kind: 'delete' }, 6);
    ledger.acknowledged({ space: 0, object: 1, kind: 'create' }, 7);
    const result = audit(ledger, [
      foundKey(0, 5, 1),
      foundKey(1, 7, 1, { intact: false }),
      foundKey(2, 8, 1),
      foundKey(3, 9, 1, { key: 'foreign', place: undefined }),
    ]);
    expect(result).toMatchObject({ acknowledgedWrites: 3, lostWrites: 0, doubledWrites: 3, damagedValues: 1 });
    expect(result.violations).toEqual([
      'doubled: key-0-0: deleted or never written, stands at revision 5',
      'key-0-1: its value is not what was written',
      'doubled: key-0-2: deleted or never written, stands at revision 8',
      'doubled: foreign: deleted or never written, stands at revision 9',
    ]);
  });

  it('finds a key under a lease that is not its own, and one that its lease took too early', () => {
    const ledger = newLedger();
    ledger.leased(7n, 10_000);
    for (const object of [0, 1, 2]) ledger.acknowledged({ space: 0, object, kind: 'create', lease: 7n }, 5 + object);
    ledger.acknowledged({ space: 0, object: 2, kind: 'put' }, 8);
    const found = [foundKey(0, 5, 1, { lease: 7n }), foundKey(2, 8, 2, { lease: 7n })];
    expect(audit(ledger, found, 9_999)).toMatchObject({
      lostWrites: 1,
      wrongLeases: 1,
      violations: [
        'key-0-2: written under lease 0, is bound to 7',
        'lost: key-0-1: acknowledged at revision 6, is not there',
      ],
    });
    // From then on the lease may have ended, and so it may once it is revoked.
    expect(audit(ledger, found, 10_000).lostWrites).toBe(0);
    ledger.revoking(7n);
    expect(audit(ledger, found, 0).lostWrites).toBe(0);
  });

  it('counts the objects that are gone for good and forgets them, but not those that come again', () => {
    const ledger = newLedger([1_500]);
    let revision = 1;
    const writes = 100_000;
    for (let object = 0; object < writes; object++) {
      ledger.acknowledged({ space: 0, object, kind: 'create' }, ++revision);
      ledger.acknowledged({ space: 0, object, kind: 'delete' }, ++revision);
    }
    const { shelves } = ledger.report();
    expect(shelves[0]!.pages.size).toBeLessThanOrEqual(3);
    expect([...entriesOf(ledger.report(), 0)].slice(0, 1_500).map(({ object }) => object)).toEqual(
      Array.from({ length: 1_500 }, (_, object) => object),
    );
    const result = audit(ledger, [foundKey(50_000, revision + 1, 1)]);
    expect(result).toMatchObject({ acknowledgedWrites: 2 * writes, lostWrites: 0, doubledWrites: 1 });
  });
});

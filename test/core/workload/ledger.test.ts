import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newLedger } from '../../../src/core/workload/index.ts';
import { PAGE_OBJECTS } from '../../../src/core/workload/ledger-shelf.ts';

const PAGES = 4;
const step = fc.record({
  object: fc.integer({ min: 0, max: PAGES * PAGE_OBJECTS - 1 }),
  kind: fc.constantFrom('look', 'put', 'delete'),
});

describe('the ledger', () => {
  it('knows each object’s writes and last revision, on whichever page', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        // All of them come again: no page is given up.
        const ledger = newLedger([PAGES * PAGE_OBJECTS]);
        const model = new Map<number, { writes: number; revision: number }>();
        steps.forEach(({ object, kind }, i) => {
          const before = model.get(object) ?? { writes: 0, revision: 0 };
          expect(ledger.writesOf(0, object)).toBe(before.writes);
          expect(ledger.revisionOf(0, object)).toBe(before.revision);
          if (kind === 'look') return;
          const write = kind === 'put' ? ('put' as const) : ('delete' as const);
          ledger.acknowledged({ kind: write, space: 0, object }, i + 1);
          model.set(object, { writes: before.writes + 1, revision: kind === 'put' ? i + 1 : 0 });
        });
      }),
    );
  });
});

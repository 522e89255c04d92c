import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Persistence } from '../../../src/core/raft/persistence.ts';

/**
 * The naive model keeps two logs of tokens, one in memory and one on the disk that replays the writes; durable is what
 * both begin with. A token is made anew each time an entry is put into the log, so the same entry put back later is not
 * taken for the one that was written before.
 */
it('takes for durable what a replay of the writes would find, however entries are replaced', () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), n: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('replace' as const), n: fc.nat(6) }),
    fc.record({ kind: fc.constant('hand out' as const), n: fc.constant(0) }),
    fc.record({ kind: fc.constant('finish' as const), n: fc.nat(3) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const persistence = new Persistence(0, { term: 0, vote: 0n, commit: 0 });
      const memory: symbol[] = [];
      const disk: symbol[] = [];
      const writes: { number: number; from: number; tokens: symbol[] }[] = [];
      let number = 0;
      for (const { kind, n } of acts) {
        if (kind === 'append') {
          for (let i = 0; i < n; i++) memory.push(Symbol());
        } else if (kind === 'replace' && memory.length > 0) {
          const index = Math.max(1, memory.length - n);
          memory.length = index - 1;
          persistence.replacedFrom(index);
          memory.push(Symbol());
        } else if (kind === 'hand out' && memory.length > persistence.handedIndex) {
          const from = persistence.handedIndex;
          writes.push({ number: ++number, from, tokens: memory.slice(from) });
          persistence.handedOut(number, memory.length, undefined, true);
        } else if (kind === 'finish' && writes.length > 0) {
          let last = 0;
          for (const write of writes.splice(0, n + 1)) {
            disk.length = write.from;
            disk.push(...write.tokens);
            last = write.number;
          }
          persistence.persisted(last);
        }
        let same = 0;
        while (same < memory.length && memory[same] === disk[same]) same++;
        // Entries on the disk that a write under way is to replace by themselves cannot be: tokens are new each time.
        expect(persistence.durableIndex).toBe(Math.min(same, persistence.handedIndex));
      }
    }),
    { numRuns: 1000 },
  );
});

it('knows the vote only when its write is done', () => {
  const persistence = new Persistence(0, { term: 1, vote: 0n, commit: 0 });
  persistence.handedOut(1, 0, { term: 2, vote: 7n, commit: 0 }, true);
  persistence.handedOut(2, 0, { term: 3, vote: 8n, commit: 0 }, true);
  expect([persistence.durableTerm, persistence.durableVote]).toEqual([1, 0n]);
  persistence.persisted(1);
  expect([persistence.durableTerm, persistence.durableVote]).toEqual([2, 7n]);
  persistence.persisted(2);
  expect([persistence.durableTerm, persistence.durableVote]).toEqual([3, 8n]);
});

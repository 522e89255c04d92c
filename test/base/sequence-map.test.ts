import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceMap } from '../../src/base/sequence-map.ts';
import { compiledEntry } from '../../src/platform/entry.ts';

/** How the next number is found, or which earlier one is meant, counted from the newest. */
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), jump: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('delete' as const), back: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), back: fc.nat(2_000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), back: fc.nat(100) }) },
    // A burst: many at once, and as many taken out.
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('burst' as const), count: fc.nat(300) }) },
  ),
  { maxLength: 300 },
);

describe('SequenceMap', () => {
  it('answers as a Map does', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(0, 2 ** 31 - 20, 5 * 2 ** 32 - 20), (program, from) => {
        const map = new SequenceMap<string>();
        const model = new Map<number, string>();
        let newest = from;
        const set = (number: number, value: string): void => {
          map.set(number, value);
          model.set(number, value);
        };
        const drop = (number: number): void => expect(map.delete(number)).toBe(model.delete(number));
        program.forEach((step, i) => {
          if (step.kind === 'set') set((newest += step.jump), `set ${i}`);
          else if (step.kind === 'delete') drop(Math.max(0, newest - step.back));
          else if (step.kind === 'again') set(Math.max(0, newest - step.back), `again ${i}`);
          else {
            const first = newest + 1;
            while (newest < first + step.count) set(++newest, `burst ${i}`);
            for (let number = first + 1; number <= newest; number++) drop(number);
          }
          expect(map.size).toBe(model.size);
          for (const number of [newest, newest - 1, newest - 16, newest + 1]) {
            if (number < 0) continue;
            expect(map.get(number)).toBe(model.get(number));
            expect(map.has(number)).toBe(model.has(number));
          }
        });
        expect(map.inOrder()).toEqual([...model].sort(([a], [b]) => a - b));
        map.clear();
        expect(map.inOrder()).toEqual([]);
        expect(map.size).toBe(0);
      }),
    );
  });

  it('keeps what stays while thousands come and go', () => {
    const map = new SequenceMap<number>();
    map.set(1, 1);
    map.set(7, 7);
    for (let number = 8; number < 50_000; number++) {
      map.set(number, number);
      map.delete(number);
    }
    expect(map.inOrder()).toEqual([
      [1, 1],
      [7, 7],
    ]);
    expect(map.delete(1)).toBe(true);
    expect(map.get(1)).toBeUndefined();
    expect(map.get(7)).toBe(7);
  });

  it('has no number but those that were set, whatever a peer asks for', () => {
    const map = new SequenceMap<string>();
    map.set(3, 'three');
    for (const number of [-1, -16, 0.5, 3.5, NaN, Infinity, -Infinity, 2 ** 60]) {
      expect([number, map.get(number), map.has(number), map.delete(number)]).toEqual([number, undefined, false, false]);
    }
    expect(map.size).toBe(1);
    expect(map.inOrder()).toEqual([[3, 'three']]);
  });

  it('leaves what was taken out to the next collection of the young generation', () => {
    // With a Map in its place, most of it moves to the old generation.
    const script = `
      import { getHeapSpaceStatistics } from 'node:v8';
      import { SequenceMap } from ${JSON.stringify(compiledEntry('base/sequence-map.js').href)};
      const oldBytes = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space').space_used_size;
      const map = new SequenceMap();
      let next = 0;
      const turn = () => {
        for (let i = 0; i < 10; i++) map.set(next + i, { text: 'x'.repeat(10) + next, list: [next, next + 1, next + 2] });
        for (let i = 0; i < 10; i++) map.delete(next + i);
        next += 10;
      };
      const collect = () => gc({ type: 'minor' });
      for (let i = 0; i < 10_000; i++) turn();
      map.set(next++, 'held while it is collected');
      for (let i = 0; i < 4; i++) collect();
      const before = oldBytes();
      for (let i = 0; i < 20_000; i++) {
        turn();
        if (i % 1_000 === 0) collect();
      }
      collect();
      console.log((oldBytes() - before) / 200_000);
    `;
    const flags = ['--expose-gc', '--max-semi-space-size=16', '--input-type=module', '--eval', script];
    const promotedBytes = Number(execFileSync(process.execPath, flags, { encoding: 'utf8' }));
    expect(promotedBytes).toBeLessThan(10);
  });
});

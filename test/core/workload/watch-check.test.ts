import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WatchChecker } from '../../../src/core/workload/index.ts';
import type { WatchedEvent } from '../../../src/core/workload/index.ts';

/** The events of a random history, as an honest server sends them. */
const history = fc
  .array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), remove: fc.boolean() }), { minLength: 2, maxLength: 40 })
  .map((steps) => {
    const keys = new Map<string, { modRevision: number; version: number }>();
    const events: WatchedEvent[] = [];
    let revision = 10;
    for (const { key, remove } of steps) {
      const before = keys.get(key);
      if (remove && before === undefined) continue;
      revision++;
      const version = remove ? 0 : (before?.version ?? 0) + 1;
      const prevModRevision = before?.modRevision ?? 0;
      events.push({ kind: remove ? 'delete' : 'put', key, modRevision: revision, version, prevModRevision });
      if (remove) keys.delete(key);
      else keys.set(key, { modRevision: revision, version });
    }
    return events;
  });

function check(events: readonly WatchedEvent[]): WatchChecker {
  const checker = new WatchChecker('w', 10, true);
  for (const event of events) checker.event(event);
  return checker;
}

describe('WatchChecker', () => {
  it('has nothing against an honest watch', () => {
    fc.assert(
      fc.property(history, (events) => {
        expect(check(events)).toMatchObject({ events: events.length, gaps: 0, disorders: 0, violations: [] });
      }),
    );
  });

  it('sees a missing event as soon as the key changes again', () => {
    fc.assert(
      fc.property(history, fc.nat(), (events, pick) => {
        fc.pre(events.length > 0);
        const at = pick % events.length;
        const missing = events[at]!;
        const next = events.slice(at + 1).find((event) => event.key === missing.key);
        const seen = events.slice(0, at).some((event) => event.key === missing.key);
        fc.pre(next !== undefined && next.prevModRevision > 0 && seen);
        expect(check(events.toSpliced(at, 1)).gaps).toBeGreaterThan(0);
      }),
    );
  });

  it('sees an event that comes twice or late', () => {
    fc.assert(
      fc.property(history, fc.nat(), (events, pick) => {
        fc.pre(events.length > 0);
        const event = events[pick % events.length]!;
        expect(check([...events, event]).disorders).toBeGreaterThan(0);
      }),
    );
  });

  it('sees an event at or before a revision that progress was announced for', () => {
    const checker = new WatchChecker('w', 10, true);
    checker.progress(20);
    checker.event({ kind: 'put', key: 'a', modRevision: 15, version: 1, prevModRevision: 0 });
    expect(checker.violations).toEqual(['w: disorder: a at revision 15 after revision 20']);
  });

  it('sees an event at the revision that it started behind', () => {
    const checker = new WatchChecker('w', 10, true);
    checker.event({ kind: 'put', key: 'a', modRevision: 10, version: 1, prevModRevision: 0 });
    expect(checker.disorders).toBe(1);
  });

  it('sees progress that goes back', () => {
    const checker = new WatchChecker('w', 10, false);
    checker.progress(20);
    checker.progress(19);
    expect(checker.disorders).toBe(1);
  });

  it('takes several events at one revision, as a lease that ends gives them', () => {
    const checker = new WatchChecker('w', 10, true);
    for (const key of ['a', 'b'])
      checker.event({ kind: 'delete', key, modRevision: 11, version: 0, prevModRevision: 5 });
    expect(checker).toMatchObject({ events: 2, gaps: 0, disorders: 0 });
  });
});

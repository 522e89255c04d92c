import { beforeEach, expect, it } from 'vitest';
import { endAfterGrace, type BoundedEndOptions } from '../../src/server/bounded-end.ts';
import { ManualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let said: unknown[];
let ends: number;
beforeEach(() => {
  clock = new ManualClock();
  said = [];
  ends = 0;
});

const begin = (changed: Partial<BoundedEndOptions> = {}) =>
  endAfterGrace({
    clock,
    graceMs: 25_000,
    log: { fatal: (_message, fields) => said.push(fields) },
    underWay: () => 'backend',
    holders: () => ['MessagePort', 'Timeout', 'Timeout'],
    end: () => ends++,
    ...changed,
  });

it('leaves a process alone that has its grace yet', () => {
  begin();
  clock.advance(24_999);
  expect([ends, said]).toEqual([0, []]);
});

it('ends one that does not stop, once it has said what is waited for and what holds it', () => {
  let step = 'peer transport';
  begin({ underWay: () => step });
  step = 'backend';
  clock.advance(25_000);
  expect(said).toEqual([{ grace: '25000ms', 'waits-for': 'backend', 'held-by': 'MessagePort, Timeout x2' }]);
  expect(ends).toBe(1);
  clock.advance(100_000);
  expect(ends).toBe(1);
});

it('can be taken back', () => {
  begin().cancel();
  clock.advance(30_000);
  expect(ends).toBe(0);
});

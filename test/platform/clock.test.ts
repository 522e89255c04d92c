import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compiledEntry } from '../../src/platform/entry.ts';
import { realClock } from '../../src/platform/clock.ts';

const clock = realClock();

describe('the real clock', () => {
  it('never goes back and knows fractions of a millisecond', () => {
    let last = clock.nowMs();
    let fractions = 0;
    for (let i = 0; i < 10_000; i++) {
      const now = clock.nowMs();
      expect(now).toBeGreaterThanOrEqual(last);
      if (now % 1 !== 0) fractions++;
      last = now;
    }
    expect(fractions).toBeGreaterThan(0);
  });

  it('is the same clock in every process', () => {
    const script = `
      import { realClock } from ${JSON.stringify(compiledEntry('platform/clock.js').href)};
      process.stdout.write(String(realClock().nowMs()));`;
    const before = clock.nowMs();
    const there = Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }),
    );
    expect(there).toBeGreaterThan(before);
    expect(there).toBeLessThan(clock.nowMs());
  });

  it('never calls early', async () => {
    for (const delayMs of [0, 0.2, 1, 1.9, 3.5]) {
      const before = clock.nowMs();
      await new Promise<void>((resolve) => clock.after(delayMs, resolve));
      expect(clock.nowMs() - before).toBeGreaterThanOrEqual(delayMs);
    }
  });

  it('does not call what has been cancelled', async () => {
    let called = false;
    const timer = clock.after(1, () => (called = true));
    timer.cancel();
    await new Promise<void>((resolve) => clock.after(5, resolve));
    timer.cancel();
    expect(called).toBe(false);
  });

  it('calls soon, but not within the turn', async () => {
    let called = false;
    const done = new Promise<void>((resolve) =>
      clock.soon(() => {
        called = true;
        resolve();
      }),
    );
    await Promise.resolve();
    expect(called).toBe(false);
    await done;
    expect(called).toBe(true);
  });

  it('calls after others that asked later, and what these ask for in turn', async () => {
    const order: string[] = [];
    const step = (name: string, then: () => void = () => undefined) => {
      return () => {
        order.push(name);
        then();
      };
    };
    await new Promise<void>((resolve) => {
      clock.afterOthers(step('long', resolve));
      clock.soon(step('a', () => clock.soon(step('c'))));
      clock.soon(step('b'));
    });
    expect(order).toEqual(['a', 'b', 'c', 'long']);
  });

  it('calls after a few turns, though others ask without end', async () => {
    let turns = 0;
    let isOver = false;
    const again = (): void => {
      turns++;
      if (!isOver) clock.soon(again);
    };
    again();
    await new Promise<void>((resolve) => clock.afterOthers(resolve));
    isOver = true;
    expect(turns).toBeLessThan(10);
  });
});

import { describe, expect, it } from 'vitest';
import { LinearizableReads } from '../../../src/server/consensus/linearizable-reads.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function setUp() {
  const clock = new ManualClock();
  const asked: number[] = [];
  const outcomes: string[] = [];
  const counts = { slow: 0, failed: 0 };
  const reads = new LinearizableReads({
    clock,
    timeoutMs: 7000,
    ask: (context) => asked.push(context),
    onSlow: () => counts.slow++,
    onFailed: () => counts.failed++,
  });
  const wait = (name: string): void => reads.wait((error) => outcomes.push(`${name}: ${error?.message ?? 'ok'}`));
  return { clock, asked, outcomes, reads, wait, counts };
}

describe('LinearizableReads', () => {
  it('shares one round among the reads of a turn, and waits for the index to be applied', () => {
    const { clock, asked, outcomes, reads, wait } = setUp();
    wait('a');
    wait('b');
    clock.settle();
    expect(asked).toEqual([1]);
    reads.onApplied(9);
    reads.onReadState({ context: 1, index: 10 });
    expect(outcomes).toEqual([]);
    reads.onApplied(10);
    expect(outcomes).toEqual(['a: ok', 'b: ok']);
  });

  it('never answers a read from a round that began before it', () => {
    const { clock, asked, outcomes, reads, wait } = setUp();
    wait('a');
    clock.settle();
    wait('late');
    reads.onApplied(5);
    reads.onReadState({ context: 1, index: 5 });
    expect(outcomes).toEqual(['a: ok']);
    clock.settle();
    expect(asked).toEqual([1, 2]);
  });

  it('asks again every 500 ms and gives up after the timeout', () => {
    const { clock, asked, outcomes, wait, counts } = setUp();
    wait('a');
    clock.advance(1200);
    expect(asked).toEqual([1, 1, 1]);
    clock.advance(7000);
    expect(outcomes).toEqual(['a: etcdserver: request timed out']);
    expect(counts).toEqual({ slow: 13, failed: 1 });
  });

  it('fails the oldest round that the old leader had not answered, and keeps what it had and what came later', () => {
    const { clock, outcomes, reads, wait, counts } = setUp();
    wait('answered');
    clock.settle();
    reads.onReadState({ context: 1, index: 3 });
    for (const name of ['open', 'later']) {
      wait(name);
      clock.settle();
    }
    reads.onLeaderChanged();
    reads.onApplied(3);
    expect(outcomes).toEqual(['open: etcdserver: leader changed', 'answered: ok']);
    expect(counts.failed).toBe(1);
    reads.onReadState({ context: 3, index: 3 });
    expect(outcomes.at(-1)).toBe('later: ok');
  });
});

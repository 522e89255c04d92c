import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { Progress } from '../../src/report/index.ts';
import type { ProgressState } from '../../src/report/index.ts';

function setUp(options: { isTTY: boolean; color?: boolean; quiet?: boolean; columns?: number }) {
  let now = 0;
  const written: string[] = [];
  const clock: Clock = {
    nowMs: () => now,
    wallMs: () => 0,
    after: () => ({ cancel: () => undefined }),
    soon: () => undefined,
    afterOthers: () => undefined,
  };
  const stream = {
    isTTY: options.isTTY,
    columns: options.columns ?? 100,
    write: (text: string) => written.push(text),
  };
  const progress = new Progress({ stream, clock, color: options.color ?? false, quiet: options.quiet ?? false });
  return { progress, written, sleep: (ms: number) => (now += ms) };
}

const state = (changes: Partial<ProgressState> = {}): ProgressState => ({
  phase: 'kubectl-apply-storm',
  elapsedS: 12,
  totalS: 60,
  ratePerS: 200,
  p99Ms: 8.4,
  errors: 0,
  ...changes,
});

describe('Progress on a terminal', () => {
  it('redraws one line in place, at most ten times a second', () => {
    const { progress, written, sleep } = setUp({ isTTY: true });
    for (let i = 0; i < 100; i++) {
      progress.update(state({ elapsedS: i / 100 }));
      sleep(10);
    }
    expect(written).toHaveLength(10);
    expect(written.every((text) => text.startsWith('\r\u001b[2K') && !text.includes('\n'))).toBe(true);
  });

  it('shows how far it is', () => {
    const { progress, written } = setUp({ isTTY: true });
    progress.update(state());
    expect(written[0]).toContain('████░░░░░░░░░░░░░░░░ kubectl-apply-storm · 12 s of 60 s · 200/s · p99 8.4 ms');
  });

  it('leaves no trace when done, and keeps notes', () => {
    const { progress, written } = setUp({ isTTY: true });
    progress.update(state());
    progress.note('leader changed');
    progress.update(state({ phase: 'next' }));
    progress.done();
    progress.done();
    expect(written.slice(1, 3)).toEqual(['\r\u001b[2K', 'leader changed\n']);
    expect(written.at(-1)).toBe('\r\u001b[2K');
    expect(written).toHaveLength(5);
  });

  it('never fills the last column, where a terminal would wrap', () => {
    const { progress, written } = setUp({ isTTY: true, columns: 20 });
    progress.update(state({ phase: 'x'.repeat(200) }));
    expect(written[0]!.replace('\r\u001b[2K', '').length).toBe(19);
  });

  it('colours only when told to', () => {
    const plain = setUp({ isTTY: true });
    plain.progress.update(state());
    expect(plain.written[0]).not.toContain('\u001b[36m');
    const painted = setUp({ isTTY: true, color: true });
    painted.progress.update(state());
    expect(painted.written[0]).toContain('\u001b[36m');
  });

  it('does not let a name move the cursor', () => {
    const { progress, written } = setUp({ isTTY: true });
    progress.update(state({ phase: 'a\u001b[2Jb\nc' }));
    expect(written[0]).toContain('a [2Jb c');
  });
});

describe('Progress off a terminal', () => {
  it('writes a plain line for each phase and one every ten seconds', () => {
    const { progress, written, sleep } = setUp({ isTTY: false, color: true });
    for (let second = 0; second < 30; second++) {
      progress.update(state({ elapsedS: second, phase: second < 5 ? 'probing' : 'driving' }));
      sleep(1000);
    }
    progress.done();
    expect(written).toEqual([
      'probing · 0 s of 60 s · 200/s · p99 8.4 ms\n',
      'driving · 5 s of 60 s · 200/s · p99 8.4 ms\n',
      'driving · 15 s of 60 s · 200/s · p99 8.4 ms\n',
      'driving · 25 s of 60 s · 200/s · p99 8.4 ms\n',
    ]);
  });

  it('writes nothing when quiet', () => {
    const { progress, written } = setUp({ isTTY: false, quiet: true });
    progress.update(state());
    progress.note('note');
    progress.done();
    expect(written).toEqual([]);
  });
});

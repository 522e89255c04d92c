/** What every Backend must do when its file is rewritten without what is free in it; run over each form. */
import { expect, it } from 'vitest';
import type { Backend } from '../../../src/base/backend.ts';
import { closed, fill, flushed, onFreshBackends, revisionsOf, type Place } from './contract.ts';

export function describeRewrites(makePlace: () => Promise<Place>): void {
  const withBackend = onFreshBackends(makePlace);

  it('grows, and shrinks when it is defragmented', () =>
    withBackend(async (backend) => {
      fill(backend, 2, 4000, 1000);
      backend.commit(1, 1);
      await flushed(backend);
      for (let main = 2; main < 3900; main++) backend.deleteRevision(main, 0);
      backend.commit(2, 1);
      await flushed(backend);
      // Freed pages become reusable a commit later.
      backend.commit(3, 1);
      await flushed(backend);
      const { sizeBytes, sizeInUseBytes } = backend;
      expect(sizeBytes).toBeGreaterThan(4_000_000);
      expect(sizeInUseBytes).toBeLessThan(sizeBytes / 4);
      fill(backend, 4001, 4002);
      const outcome = await new Promise<Parameters<Parameters<Backend['defragment']>[0]>[0]>((resolve) =>
        backend.defragment(resolve),
      );
      expect(outcome).toMatchObject({ error: undefined, sizeBeforeBytes: sizeBytes });
      expect(backend.sizeBytes).toBeLessThan(sizeBytes / 4);
      backend.commit(4, 1);
      expect(revisionsOf(backend).map(([main]) => main)).toEqual(Array.from({ length: 103 }, (_, i) => 3900 + i));
      await closed(backend);
    }));

  it('keeps what was committed while it was defragmented, though it is closed meanwhile', () =>
    withBackend(async (backend, place) => {
      fill(backend, 1, 100, 1000);
      backend.commit(1, 1);
      backend.defragment(() => undefined);
      fill(backend, 101, 110);
      backend.commit(2, 1);
      await closed(backend);
      const again = await place.open();
      expect(again.consistentIndex).toBe(2);
      expect(revisionsOf(again)).toHaveLength(110);
      await closed(again);
    }));

  it('gives up most of what it holds right after it was defragmented', () =>
    withBackend(async (backend) => {
      // Pages of their own for each, so that the list of those given up is itself longer than a page.
      fill(backend, 2, 600, 20_000);
      backend.commit(1, 1);
      await flushed(backend);
      const outcome = await new Promise<{ readonly error: Error | undefined }>((resolve) =>
        backend.defragment(resolve),
      );
      expect(outcome.error).toBeUndefined();
      for (let main = 2; main < 600; main++) if (main % 3 !== 0) backend.deleteRevision(main, 0);
      fill(backend, 601, 620, 20_000);
      backend.commit(2, 1);
      await flushed(backend);
      for (let main = 3; main < 600; main += 3) backend.deleteRevision(main, 0);
      backend.commit(3, 1);
      await flushed(backend);
      expect(revisionsOf(backend).map(([main]) => main)).toEqual(Array.from({ length: 21 }, (_, i) => 600 + i));
      await closed(backend);
    }));
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFrom } from '../../../src/base/bytes.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/index.ts';
import { describeContract, fill, revisionsOf } from './contract.ts';
import { describeRewrites } from './rewrite-contract.ts';

describe('MemoryBackend', () => {
  const makePlace = async () => {
    const media = memoryMedia();
    return { open: async () => new MemoryBackend(media), remove: async () => undefined };
  };
  describeContract(makePlace);
  describeRewrites(makePlace);

  it('keeps a committed prefix at or after the last flush when it crashes', () => {
    const survived = new Set<number>();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 5 }),
        fc.nat(),
        (flushedBatches, later, seed) => {
          const media = memoryMedia();
          const backend = new MemoryBackend(media);
          for (let i = 1; i <= flushedBatches + later; i++) {
            fill(backend, 10 * i, 10 * i + 9);
            backend.put('meta', 'last', bytesFrom(String(i)));
            backend.commit(i, 1);
            if (i === flushedBatches) backend.flush();
          }
          fill(backend, 1000, 1001);
          backend.crash(seededRandom(seed));
          const again = new MemoryBackend(media);
          const kept = again.consistentIndex;
          survived.add(kept - flushedBatches);
          expect(kept).toBeGreaterThanOrEqual(flushedBatches);
          expect(kept).toBeLessThanOrEqual(flushedBatches + later);
          expect(revisionsOf(again)).toHaveLength(10 * kept);
          expect(again.get('meta', 'last')).toEqual(kept === 0 ? undefined : bytesFrom(String(kept)));
        },
      ),
    );
    expect(survived.size).toBeGreaterThan(3);
  });
});

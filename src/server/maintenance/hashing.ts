/** Hashes of what a member holds, made in turns so that requests go on in between. */
import { BUCKETS, type Backend } from '../../base/backend.ts';
import { bytesFrom } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { crc32c } from '../../base/crc32c.ts';
import type { HashKV } from '../../core/mvcc/index.ts';

/** About 2 ms of hashing. */
const REVISIONS_PER_TURN = 5000;

/** Carries a HashKV through; `done` with what it throws, where a compaction overtakes it. */
export function finishHash(work: HashKV, clock: Clock, done: (error: unknown) => void): void {
  const step = (): void => {
    let isFinished: boolean;
    try {
      isFinished = work.step(REVISIONS_PER_TURN);
    } catch (error) {
      done(error);
      return;
    }
    if (isFinished) done(undefined);
    else clock.soon(step);
  };
  step();
}

/**
 * CRC-32C over every bucket's name, then its keys and values, as etcd's Hash goes; for tests. The buckets hold what is
 * this server's own too, so it agrees between our members, not with etcd's.
 */
export function hashBackend(backend: Backend, clock: Clock, done: (hash: number) => void): void {
  let crc = 0;
  for (const bucket of BUCKETS) {
    crc = crc32c(bytesFrom(bucket), crc);
    backend.scan(bucket, (key, value) => {
      crc = crc32c(value, crc32c(bytesFrom(key), crc));
    });
  }
  crc = crc32c(bytesFrom('key'), crc);
  let nextMain = 0;
  let nextSub = 0;
  const step = (): void => {
    let seen = 0;
    let isFinished = true;
    backend.scanRevisions(nextMain, nextSub, (main, sub, _tombstone, kv) => {
      if (seen === REVISIONS_PER_TURN) {
        isFinished = false;
        nextMain = main;
        nextSub = sub;
        return false;
      }
      seen++;
      crc = crc32c(kv, crc);
      return undefined;
    });
    if (isFinished) done(crc);
    else clock.soon(step);
  };
  step();
}

/** What (key, range_end) means: etcd's rule in one place. */
import type { ByteString } from '../../base/bytes.ts';

/** The keys [start, end); `end` undefined means to the last key. */
export interface KeyRange {
  readonly start: ByteString;
  readonly end: ByteString | undefined;
}

/** An empty range_end means exactly `key`, `\0` everything from `key` on; a range_end at or below `key` holds nothing. */
export function keyRange(key: ByteString, rangeEnd: ByteString): KeyRange {
  if (rangeEnd === '') return { start: key, end: key + '\0' };
  return { start: key, end: rangeEnd === '\0' ? undefined : rangeEnd };
}

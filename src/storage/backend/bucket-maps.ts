/** The small buckets in memory, where both backends hold them whole. */
import { BUCKETS, type Bucket } from '../../base/backend.ts';
import { OrderedMap } from '../../base/ordered-map.ts';

export type BucketMaps = Readonly<Record<Bucket, OrderedMap<Uint8Array>>>;

export function emptyBuckets(): BucketMaps {
  return Object.fromEntries(BUCKETS.map((bucket) => [bucket, new OrderedMap<Uint8Array>()])) as BucketMaps;
}

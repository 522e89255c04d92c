/**
 * Facts about a volume, from /proc and /sys alone.
 *
 * Every reader takes a `Tree`, so that the trees of other machines can be recorded and tested; what cannot be read is
 * undefined and never guessed.
 */
export { countersBetween, diskCounters, type DiskCounters } from './disk-counters.ts';
export { findLiveEtcd, type LiveEtcd } from './live-etcd.ts';
export { otherWriters, processWrites, type Writer } from './process-writes.ts';
export { recordFacts } from './record-facts.ts';
export { hostTree, recordedTree, type RecordedTree, type Tree } from './tree.ts';
export { volumeFacts, type VolumeFacts } from './volume.ts';

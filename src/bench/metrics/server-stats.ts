/** What the members said of themselves over the whole run. */
import type { Latency, ServerStats } from '../../core/run/index.ts';
import { addBuckets, bucketsBetween, latencyOfBuckets } from './buckets.ts';
import type { Buckets } from './parse.ts';
import type { Reading, ValueName } from './reading.ts';
import { changeOf } from './samples.ts';

/** `operations`: completed requests, for the processor time of each. */
export function serverStats(readings: Iterable<readonly Reading[]>, operations: number): ServerStats {
  const spans = [...readings].flatMap((list) => {
    const [first, last] = [list[0], list.at(-1)];
    return first === undefined || last === undefined ? [] : [{ first, last }];
  });
  const between = (pick: (reading: Reading) => Buckets | undefined): Latency =>
    latencyOfBuckets(addBuckets(spans.map(({ first, last }) => bucketsBetween(pick(first), pick(last)))));
  const change = (name: ValueName): number | null => {
    const changes = spans.flatMap(({ first, last }) => changeOf(first, last, name) ?? []);
    return changes.length === 0 ? null : changes.reduce((sum, each) => sum + each, 0);
  };
  const most = (name: ValueName, at: 'first' | 'last'): number | null => {
    const values = spans.flatMap((span) => span[at].values[name] ?? []);
    return values.length === 0 ? null : Math.max(...values);
  };
  // Every member counts the same change of leader: the one that saw most tells how many there were.
  const leaderChanges = spans.flatMap(({ first, last }) => changeOf(first, last, 'leaderChanges') ?? []);
  const cpuSeconds = change('cpuSeconds');
  const peerRttMs = between((reading) => reading.peerRtt);
  const walFsyncMs = between((reading) => reading.walFsync);
  return {
    walFsyncMs,
    backendCommitMs: between((reading) => reading.backendCommit),
    leaderChanges: leaderChanges.length === 0 ? null : Math.max(...leaderChanges),
    proposalsFailed: change('proposalsFailed'),
    dbSizeBytes: most('dbSizeBytes', 'last'),
    dbInUseBytes: most('dbInUseBytes', 'last'),
    dbSizeStartBytes: most('dbSizeBytes', 'first'),
    ...(peerRttMs.count > 0 ? { peerRttMs } : {}),
    walFsyncs: walFsyncMs.count > 0 ? walFsyncMs.count : null,
    cpuUsPerOp: cpuSeconds === null || operations === 0 ? null : (cpuSeconds * 1e6) / operations,
    rssBytes: most('rssBytes', 'last'),
  };
}

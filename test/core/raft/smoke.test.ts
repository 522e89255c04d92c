import { expect, it } from 'vitest';
import { appliedTexts, bytes, TestCluster } from './cluster.ts';

it('elects, replicates, reads', () => {
  const cluster = new TestCluster([1n, 2n, 3n]);
  cluster.elect(1n);
  expect(cluster.raft(1n).propose([bytes('a'), bytes('b')])).toEqual({ kind: 'accepted', firstIndex: 2, term: 1 });
  expect(cluster.raft(2n).propose([bytes('c')])).toEqual({ kind: 'forwarded', leader: 1n });
  cluster.settle();
  cluster.raft(3n).readIndex(7);
  cluster.raft(1n).readIndex(8);
  cluster.settle();
  for (const member of cluster.members.values()) expect(appliedTexts(member)).toEqual(['a', 'b', 'c']);
  expect(cluster.get(3n).reads).toEqual([{ context: 7, index: 4 }]);
  expect(cluster.get(1n).reads).toEqual([{ context: 8, index: 4 }]);
});

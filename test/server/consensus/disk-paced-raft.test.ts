import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { RAFT_DEFAULTS, RaftNode } from '../../../src/core/raft/index.ts';
import { DiskPacedRaft } from '../../../src/server/consensus/disk-paced-raft.ts';

const ELECTION_TICKS = 10;
const MOST_TICKS = 2 * ELECTION_TICKS;

function follower<Kind extends RaftNode>(Kind: new (...args: ConstructorParameters<typeof RaftNode>) => Kind): Kind {
  return new Kind(
    { ...RAFT_DEFAULTS, id: 1n, electionTicks: ELECTION_TICKS, random: seededRandom(1) },
    {
      hardState: { term: 1, vote: 0n, commit: 0 },
      confState: { voters: [1n, 2n, 3n], learners: [] },
      snapshot: { index: 0, term: 0, confState: { voters: [1n, 2n, 3n], learners: [] } },
      entries: [],
      applied: 0,
    },
  );
}

function pacedFollower() {
  const raft = follower(DiskPacedRaft);
  const saves: (() => void)[] = [];
  const disk = { save: (_write: unknown, done: () => void) => void saves.push(done), noteCommit: () => undefined };
  const log = raft.pacedBy(disk);
  const save = (done: () => void = () => undefined): void => log.save({ entries: [], mustSync: true }, done);
  const ticks = (count: number): void => {
    for (let i = 0; i < count; i++) raft.tick();
  };
  return { raft, save, ticks, finishSave: () => saves.shift()!() };
}

describe('raft at the pace of the disk', () => {
  it('goes on as ever while nothing is saved', () => {
    const { ticks, raft } = pacedFollower();
    ticks(MOST_TICKS);
    expect(raft.hasReady()).toBe(true);
  });

  it('lets no time pass during a save but one tick, as etcd’s ticker holds', () => {
    const { ticks, raft, save, finishSave } = pacedFollower();
    save();
    ticks(10 * MOST_TICKS);
    finishSave();
    // Of all those ticks one was counted: nobody is a candidate yet.
    ticks(ELECTION_TICKS - 2);
    expect(raft.hasReady()).toBe(false);
    ticks(MOST_TICKS);
    expect(raft.hasReady()).toBe(true);
  });

  it('hands nothing out during a save, and what there is afterwards', () => {
    const { ticks, raft, save, finishSave } = pacedFollower();
    ticks(MOST_TICKS);
    save();
    expect(raft.hasReady()).toBe(false);
    let wasReady = false;
    finishSave();
    save(() => (wasReady = raft.hasReady()));
    finishSave();
    expect(wasReady).toBe(true);
  });

  it('is what a bundled member without a modelled disk need not be', () => {
    const raft = follower(RaftNode);
    for (let i = 0; i < MOST_TICKS; i++) raft.tick();
    expect(raft.hasReady()).toBe(true);
  });
});

/**
 * What a member starts from: the first entries of a new cluster, what the disk holds after a restart, or the survivor's
 * own log rewritten to a cluster of one.
 *
 * A new cluster's log begins, as etcd's does, with one membership change for each first member, committed in term 1: a
 * member that joins years later and reads the log from its beginning learns the members from it.
 */
import type { Backend } from '../../base/backend.ts';
import { OperationError } from '../../base/errors.ts';
import {
  CONF_ADD_VOTER,
  CONF_REMOVE,
  encodeConfChange,
  ENTRY_CONF_CHANGE,
  NOBODY,
  type ConfState,
  type Entry,
  type HardState,
  type MemberId,
  type RestoredState,
  type SnapshotMark,
} from '../../core/raft/index.ts';
import type { RecoveredLog } from '../../storage/wal/index.ts';
import { memberToJson } from '../membership/member-json.ts';
import { clusterIdFor, memberIdFor, type Member } from '../membership/member.ts';
import { Membership } from '../membership/membership.ts';

const NOBODY_COUNTS: ConfState = { voters: [], learners: [] };

/** The first members of a new cluster, ids computed as etcd computes them. */
export function initialMembers(cluster: ReadonlyMap<string, readonly string[]>, token: string): Member[] {
  return [...cluster]
    .map(([name, peerUrls]) => ({
      id: memberIdFor(peerUrls, token),
      name,
      peerUrls: [...peerUrls].sort(),
      clientUrls: [],
      isLearner: false,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function initialClusterId(members: readonly Member[]): bigint {
  return clusterIdFor(members.map((member) => member.id));
}

/** What the log of every first member begins with. */
export function firstEntries(members: readonly Member[]): { entries: Entry[]; hardState: HardState } {
  const entries = members.map((member, i) =>
    confChangeEntry(1, i + 1, CONF_ADD_VOTER, member.id, memberToJson(member)),
  );
  return { entries, hardState: { term: 1, vote: NOBODY, commit: entries.length } };
}

/** What raft starts from after the disk has been read. */
export function restoredState(recovered: RecoveredLog, backend: Backend, extra: readonly Entry[] = []): RestoredState {
  const confState = Membership.from(backend).confState();
  const applied = backend.consistentIndex;
  const mark = snapshotMark(recovered, confState);
  const entries = [...recovered.entries, ...extra];
  const lastIndex = mark.index + entries.length;
  const { term, vote, commit } = recovered.hardState;
  if (applied > lastIndex) {
    // The machine went down between taking over the leader's snapshot and noting it in the log.
    const taken = { index: applied, term: backend.consistentTerm, confState };
    const hardState = { term: Math.max(term, taken.term), vote, commit: applied };
    return { hardState, confState, snapshot: taken, entries: [], applied };
  }
  const isUnapplied = applied < mark.index;
  if (isUnapplied) {
    throw new OperationError(
      `the backend holds entries up to ${applied}, but the log begins after ${mark.index}: restore the member from a ` +
        'backup, or remove it from the cluster and add it again with an empty data directory',
    );
  }
  const lastExtra = extra.length > 0 ? lastIndex : 0;
  return {
    hardState: { term, vote, commit: Math.max(commit, applied, lastExtra) },
    confState: applied === 0 ? NOBODY_COUNTS : confState,
    snapshot: mark,
    entries,
    applied,
  };
}

/**
 * The entries that make the survivor of a lost quorum a cluster of one: every other member is removed, committed by
 * decree. Uncommitted entries of the old cluster are dropped.
 */
export function decreedRemovals(
  recovered: RecoveredLog,
  backend: Backend,
  own: MemberId,
): { kept: Entry[]; extra: Entry[] } {
  const { hardState, mark } = recovered;
  const commit = Math.max(hardState.commit, backend.consistentIndex);
  const kept = recovered.entries.filter((entry) => entry.index <= commit);
  const term = Math.max(hardState.term, 1);
  const others = Membership.from(backend)
    .list()
    .filter((member) => member.id !== own);
  const extra = others.map((member, i) =>
    confChangeEntry(term, mark.index + kept.length + 1 + i, CONF_REMOVE, member.id, ''),
  );
  return { kept, extra };
}

function snapshotMark(recovered: RecoveredLog, current: ConfState): SnapshotMark {
  const { index, term } = recovered.mark;
  return { index, term, confState: recovered.mark.confState ?? (index === 0 ? NOBODY_COUNTS : current) };
}

function confChangeEntry(term: number, index: number, type: 0 | 1, member: MemberId, context: string): Entry {
  const data = encodeConfChange({ id: 0n, type, member, context: new TextEncoder().encode(context) });
  return { type: ENTRY_CONF_CHANGE, term, index, data };
}

/**
 * Where the bundled server, which meets the contract of etcd 3.6.14, must answer otherwise than an etcd of another version
 * beside it, and what no two servers answer alike. Each is as narrow as it can be said and holds beside those versions
 * alone that explain it; the report counts how often each was met.
 */
import type { Leaf } from './normal-form.ts';
import { before, from, type PeerVersion } from '../support/peer-version.ts';
import { isNegativeWatchId } from './programs/others.ts';
import type { Answer } from './session.ts';
import { areSortedAlike, isOfKeysOnly } from './ranges-in-answers.ts';
import type { Knowledge } from './values.ts';

/** Where a leaf differs. */
export interface Context {
  /** The method, or 'watch events', 'watch progress' and such. */
  readonly subject: string;
  /** What was asked; undefined where it is of no one request. */
  readonly request: Readonly<Record<string, unknown>> | undefined;
  readonly ours: Answer | undefined;
  readonly theirs: Answer | undefined;
  readonly knowledge: Knowledge;
  /** On the watch stream, a watcher may not have reached the current revision. */
  readonly mayBeBehind?: boolean;
  /** On the watch stream, a compaction has ended a watch. */
  readonly hasCompactedWatch?: boolean;
  readonly watchId?: bigint;
}

export interface KnownDifference {
  readonly name: string;
  /** What explains it. */
  readonly since: string;
  /** Beside which versions it holds; absent where beside all. */
  readonly beside?: (peer: PeerVersion) => boolean;
  readonly matches: (leaf: Leaf, context: Context) => boolean;
}

/** Seconds by which remaining times may differ: both count from an instant of their own. */
const TTL_TOLERANCE_S = 10;
const INVALID_SORT = 'etcdserver: invalid sort option';
const COMPACTED = 'etcdserver: mvcc: required revision has been compacted';
const FUTURE = 'etcdserver: mvcc: required revision is a future revision';
const LEASE_NOT_FOUND = 'etcdserver: requested lease not found';
const KEY_NOT_FOUND = 'etcdserver: key not found';
const EMPTY_RANGE = 'mvcc: watcher range is empty';
const KVS = /^response\.(responses\.|response[A-Z]\w*\.|\d+\.)*kvs\./;
const UNMARSHAL = /^grpc: (error unmarshalling request|failed to unmarshal the received message)/;

function withoutSpaces(text: Leaf['ours']): string {
  return typeof text === 'string' ? text.replaceAll(' ', '') : '';
}

function isRangeRefusal(message: string | undefined): boolean {
  return message === COMPACTED || message === FUTURE;
}

function isPutRefusal(message: string | undefined): boolean {
  return message === LEASE_NOT_FOUND || message === KEY_NOT_FOUND;
}

/** Whether ranges of keys alone come without their leases. */
const forgetsLeases = from('3.7');

/** Whether progress is told only when all watchers of the stream have caught up, so that no event follows of what it told. */
export const tellsProgressInTime = from('3.4.25', '3.5.8');

function responseOf(answer: Answer | undefined): Readonly<Record<string, unknown>> {
  return (answer?.response ?? {}) as unknown as Readonly<Record<string, unknown>>;
}

/** Found where events are compared: it shifts those after it. */
export const OLD_TOMBSTONE: KnownDifference = {
  name: 'a watch from the compacted revision is told of a deletion at exactly that revision',
  since: '3.4.34, 3.5.16 and 3.6 keep the tombstone',
  beside: before('3.4.34', '3.5.16', '3.6'),
  matches: () => false,
};

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  OLD_TOMBSTONE,
  {
    name: 'an unknown sort order or target is refused',
    since: '3.6 (3.4 does not look at them)',
    beside: before('3.6'),
    matches: (_leaf, { ours, theirs }) =>
      ours?.code === 3 && ours.message === INVALID_SORT && theirs !== undefined && theirs.message !== INVALID_SORT,
  },
  {
    name: 'for which of its operations a transaction is refused',
    since: '3.6 looks at them in their order, older ones at all puts before all ranges',
    beside: before('3.6'),
    matches: (_leaf, { subject, ours, theirs }) =>
      subject === 'txn' && isRangeRefusal(ours?.message) && isPutRefusal(theirs?.message),
  },
  {
    name: 'for which of two reasons a put in a transaction is refused',
    since: '3.7 looks for the lease first, as a put alone does',
    beside: from('3.7'),
    matches: (_leaf, { subject, ours, theirs }) =>
      subject === 'txn' && ours?.message === KEY_NOT_FOUND && theirs?.message === LEASE_NOT_FOUND,
  },
  {
    name: 'the words about a malformed message',
    since: 'every version words them after its own protobuf library',
    matches: ({ path }, { ours, theirs }) =>
      path === 'message' &&
      ours?.code === theirs?.code &&
      UNMARSHAL.test(ours?.message ?? '') &&
      UNMARSHAL.test(theirs?.message ?? ''),
  },
  {
    name: 'version in Status',
    since: 'the version whose contract is met',
    matches: ({ path, ours }, { subject }) => subject === 'status' && path === 'response.version' && ours === '3.6.14',
  },
  {
    name: 'storageVersion in Status',
    since: '3.7 has its own',
    beside: from('3.7'),
    matches: ({ path, ours }, { subject }) =>
      subject === 'status' && path === 'response.storageVersion' && ours === '3.6.0',
  },
  {
    name: 'storageVersion in Status in the first seconds',
    since: '3.6 looks every four seconds whether its store can be told to be of 3.6, and until then tells 3.5',
    beside: from('3.6'),
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'status' && path === 'response.storageVersion' && ours === '3.6.0' && theirs === '3.5.0',
  },
  {
    name: 'spaces in the text of an alarm in Status',
    since: '3.7, whose protobuf library does not promise them',
    beside: from('3.7'),
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'status' && /^response\.errors\.\d+$/.test(path) && withoutSpaces(ours) === withoutSpaces(theirs),
  },
  {
    name: 'storageVersion, dbSizeQuota and downgradeInfo in Status',
    since: '3.6',
    beside: before('3.6'),
    matches: ({ path }, { subject }) =>
      subject === 'status' && /^response\.(storageVersion|dbSizeQuota|downgradeInfo)$/.test(path),
  },
  {
    name: 'sizes and indexes in Status',
    since: 'every server has its own',
    matches: ({ path, ours }, { subject }) =>
      subject === 'status' &&
      /^response\.(dbSize|dbSizeInUse|raftIndex|raftTerm|raftAppliedIndex)$/.test(path) &&
      typeof ours === 'number' &&
      ours > 0,
  },
  {
    name: 'a header in the answer to Alarm',
    since: '3.5',
    beside: before('3.5'),
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'alarm' && path === 'response.header' && theirs === null && ours !== null,
  },
  {
    name: 'a learner with new URLs is a learner still',
    since:
      'etcd pull request 21719 (older ones then take it for a voter, though raft does not); in 3.5.31 and 3.6.12, not yet in 3.5.23 and 3.6.8',
    beside: before('3.5.31', '3.6.12', '3.7'),
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'memberUpdate' && path.endsWith('.isLearner') && ours === true && theirs === false,
  },
  {
    name: 'hash_revision in HashKV',
    since: '3.6',
    beside: before('3.6'),
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'hashKV' && path === 'response.hashRevision' && theirs === 0 && typeof ours === 'number',
  },
  {
    name: 'HashKV at exactly the compacted revision',
    since: '3.6 (3.4 refuses it)',
    beside: before('3.5'),
    matches: (_leaf, { subject, request, ours, theirs, knowledge }) =>
      subject === 'hashKV' &&
      Number(request?.['revision'] ?? 0) === knowledge.compactRevision &&
      ours?.code === 0 &&
      theirs?.message === COMPACTED,
  },
  {
    name: 'HashKV at a revision that was compacted at',
    since:
      'etcd tells the hash that the compaction left, of the last ten until it restarts; ours answers like one restarted',
    beside: from('3.5.5'),
    matches: (_leaf, { subject, request, theirs, knowledge }) => {
      const { compactions } = knowledge;
      const at = compactions.indexOf(Number(request?.['revision'] ?? 0));
      const before = at > 0 ? compactions[at - 1] : -1;
      return subject === 'hashKV' && at >= 0 && responseOf(theirs)['compactRevision'] === before;
    },
  },
  {
    name: 'remaining seconds of a lease',
    since: `each server counts from its own instant; up to ${TTL_TOLERANCE_S} s`,
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'leaseTimeToLive' &&
      path === 'response.ttl' &&
      typeof ours === 'number' &&
      typeof theirs === 'number' &&
      Math.min(ours, theirs) > 0 &&
      Math.abs(ours - theirs) <= TTL_TOLERANCE_S,
  },
  {
    name: 'the order of equals in a sorted range of more than 12 keys',
    since: "every version: Go's sort is not stable, ours keeps them in key order",
    matches: ({ path }, { subject, request, ours, theirs, knowledge }) =>
      (subject === 'range' || subject === 'txn') &&
      KVS.test(path) &&
      areSortedAlike(
        path,
        request,
        ours,
        theirs,
        !(forgetsLeases(knowledge.peer) && isOfKeysOnly(path, request, ours)),
      ),
  },
  {
    name: 'the lease in a range of keys alone',
    since: '3.7 takes it from its index, which does not know leases',
    beside: forgetsLeases,
    matches: ({ path, theirs }, { request, ours }) =>
      KVS.test(path) && path.endsWith('.lease') && theirs === '0' && isOfKeysOnly(path, request, ours),
  },
  {
    name: 'a progress request is not answered while a watcher is behind',
    since: '3.4.25 and 3.5.8',
    beside: (peer) => !tellsProgressInTime(peer),
    matches: ({ ours, theirs }, { subject, mayBeBehind }) =>
      subject === 'watch progress' && mayBeBehind === true && ours === undefined && theirs !== undefined,
  },
  {
    name: 'whether a watcher has caught up when progress is asked for',
    since: 'every server brings watchers up to date in its own time, etcd within 100 ms',
    beside: tellsProgressInTime,
    matches: ({ ours, theirs }, { subject, mayBeBehind }) =>
      subject === 'watch progress' && mayBeBehind === true && (ours === undefined) !== (theirs === undefined),
  },
  {
    name: 'a progress request where a compaction has ended a watch of the stream',
    since: 'etcd takes the ended watch for one that is behind, until its client cancels it too, and does not answer',
    beside: tellsProgressInTime,
    matches: ({ ours, theirs }, { subject, hasCompactedWatch }) =>
      subject === 'watch progress' && hasCompactedWatch === true && ours !== undefined && theirs === undefined,
  },
  {
    name: 'a watch from a negative revision is refused',
    since: '3.5',
    beside: before('3.5'),
    matches: (_leaf, { subject, watchId, ours, theirs }) => {
      if (subject !== 'watch created') return watchId !== undefined && isNegativeWatchId(watchId) && ours === undefined;
      const [a, b] = [responseOf(ours), responseOf(theirs)];
      if (a['watchId'] !== '-1' || a['cancelReason'] !== COMPACTED) return false;
      return b['cancelReason'] === EMPTY_RANGE || isNegativeWatchId(BigInt(String(b['watchId'])));
    },
  },
];

/** Those that hold beside an etcd of that version. */
export function knownBeside(peer: PeerVersion): readonly KnownDifference[] {
  return KNOWN_DIFFERENCES.filter(({ beside }) => beside?.(peer) ?? true);
}

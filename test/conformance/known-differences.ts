/**
 * Where the bundled server, which meets the contract of etcd 3.6.14, must answer otherwise than the etcd 3.4.23 beside it,
 * and what no two servers answer alike. Each is as narrow as it can be said, and the report counts how often each was met.
 */
import type { Leaf } from './normal-form.ts';
import { isNegativeWatchId } from './programs/others.ts';
import type { Answer } from './session.ts';
import { Invalid, type Knowledge } from './values.ts';

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
  readonly watchId?: bigint;
}

export interface KnownDifference {
  readonly name: string;
  /** The version of etcd that explains it. */
  readonly since: string;
  readonly matches: (leaf: Leaf, context: Context) => boolean;
}

/** Seconds by which remaining times may differ: both count from an instant of their own. */
const TTL_TOLERANCE_S = 10;
const INVALID_SORT = 'etcdserver: invalid sort option';
const COMPACTED = 'etcdserver: mvcc: required revision has been compacted';
const EMPTY_RANGE = 'mvcc: watcher range is empty';
const UNMARSHAL = /^grpc: (error unmarshalling request|failed to unmarshal the received message)/;

function responseOf(answer: Answer | undefined): Readonly<Record<string, unknown>> {
  return (answer?.response ?? {}) as unknown as Readonly<Record<string, unknown>>;
}

/** Found where events are compared: it shifts those after it. */
export const OLD_TOMBSTONE: KnownDifference = {
  name: 'a watch from the compacted revision is told of a deletion at exactly that revision',
  since: '3.4.34, 3.5.16 and 3.6 keep the tombstone',
  matches: () => false,
};

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  OLD_TOMBSTONE,
  {
    name: 'an unknown sort order or target is refused',
    since: '3.6 (3.4 does not look at them)',
    matches: (_leaf, { ours, theirs }) =>
      ours?.code === 3 && ours.message === INVALID_SORT && theirs !== undefined && theirs.message !== INVALID_SORT,
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
    name: 'storageVersion, dbSizeQuota and downgradeInfo in Status',
    since: '3.6',
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
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'alarm' && path === 'response.header' && theirs === null && ours !== null,
  },
  {
    name: 'a learner with new URLs is a learner still',
    since:
      'etcd pull request 21719 and its backports to 3.5 and 3.6 (older ones then take it for a voter, though raft does not)',
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'memberUpdate' && path.endsWith('.isLearner') && ours === true && theirs === false,
  },
  {
    name: 'hash_revision in HashKV',
    since: '3.6',
    matches: ({ path, ours, theirs }, { subject }) =>
      subject === 'hashKV' && path === 'response.hashRevision' && theirs === 0 && typeof ours === 'number',
  },
  {
    name: 'HashKV at exactly the compacted revision',
    since: '3.6 (3.4 refuses it)',
    matches: (_leaf, { subject, request, ours, theirs, knowledge }) =>
      subject === 'hashKV' &&
      Number(request?.['revision'] ?? 0) === knowledge.compactRevision &&
      ours?.code === 0 &&
      theirs?.message === COMPACTED,
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
    matches: ({ path }, { subject, request, ours, theirs }) =>
      (subject === 'range' || subject === 'txn') &&
      /^response\.(responses\.|response[A-Z]\w*\.|\d+\.)*kvs\./.test(path) &&
      areSortedAlike(path, request, ours, theirs),
  },
  {
    name: 'a progress request is not answered while a watcher is behind',
    since: '3.4.25 and 3.5.8',
    matches: ({ ours, theirs }, { subject, mayBeBehind }) =>
      subject === 'watch progress' && mayBeBehind === true && ours === undefined && theirs !== undefined,
  },
  {
    name: 'a watch from a negative revision is refused',
    since: '3.5',
    matches: (_leaf, { subject, watchId, ours, theirs }) => {
      if (subject !== 'watch created') return watchId !== undefined && isNegativeWatchId(watchId) && ours === undefined;
      const [a, b] = [responseOf(ours), responseOf(theirs)];
      if (a['watchId'] !== '-1' || a['cancelReason'] !== COMPACTED) return false;
      return b['cancelReason'] === EMPTY_RANGE || isNegativeWatchId(BigInt(String(b['watchId'])));
    },
  },
];

/** What is sorted by, by the number of the sort target. By the key, none are equal. */
const SORT_FIELDS = [undefined, 'version', 'createRevision', 'modRevision', 'value'] as const;
/** Go sorts fewer by insertion, which keeps the order of equals. */
const MOST_SORTED_STABLY = 12;

/**
 * Of the RangeResponse that holds `path`: by what the request sorts by, both have the same in the same order; and both
 * have the same keys, unless a limit cut among equals.
 */
function areSortedAlike(
  path: string,
  request: Context['request'],
  ours: Answer | undefined,
  theirs: Answer | undefined,
): boolean {
  const place = path.slice(0, path.indexOf('.kvs.')).split('.').slice(1);
  const field = SORT_FIELDS[Number(rangeAsked(place, request, ours)?.['sortTarget'] ?? 0)];
  const [a, b] = [ours, theirs].map((answer) => {
    let at = answer?.response as unknown;
    for (const step of place) at = (at as Record<string, unknown> | undefined)?.[step];
    return at as { kvs: Record<string, unknown>[]; count: number; more: boolean } | undefined;
  });
  if (field === undefined || a === undefined || b === undefined) return false;
  if (a.kvs.length !== b.kvs.length || b.count <= MOST_SORTED_STABLY) return false;
  if (!a.kvs.every((kv, i) => kv[field] === b.kvs[i]![field])) return false;
  const texts = (kvs: Record<string, unknown>[]): string =>
    kvs
      .map((kv) => JSON.stringify(kv))
      .sort()
      .join();
  return b.more || texts(a.kvs) === texts(b.kvs);
}

type Asked = Readonly<Record<string, unknown>>;

/** The RangeRequest whose answer stands at `place` in a response. */
function rangeAsked(
  place: readonly string[],
  request: Context['request'],
  answer: Answer | undefined,
): Asked | undefined {
  let asked: unknown = request;
  let told: unknown = answer?.response;
  for (const step of place) {
    const name =
      step === 'responses' ? ((told as Asked | undefined)?.['succeeded'] === true ? 'success' : 'failure') : step;
    asked = plain((asked as Asked | undefined)?.[name.replace(/^response(?=[A-Z])/, 'request')]);
    told = (told as Asked | undefined)?.[step];
  }
  return asked as Asked | undefined;
}

function plain(value: unknown): unknown {
  return value instanceof Invalid ? value.value : value;
}

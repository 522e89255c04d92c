/**
 * The stream of operations: a profile and a seed give the same operations at the same intended instants, every time and on
 * every machine. Each source draws from a stream of its own, so that adding one leaves the others as they were.
 */
import { seededRandom } from '../../base/random.ts';
import type { Random } from '../../base/random.ts';
import { arrivalStream } from './arrivals.ts';
import type { ArrivalStream } from './arrivals.ts';
import { measuredMs } from './compose.ts';
import { hashText } from './keyspace.ts';
import { levelsOf, steadyLevels } from './levels.ts';
import type { Levels } from './levels.ts';
import type { Profile, Source } from './profile.ts';
import { mix } from './value.ts';

export interface Operation {
  /** Intended instant, milliseconds from the start of the warm-up. */
  readonly atMs: number;
  /** Place of its source in the profile. */
  readonly source: number;
  /** How many operations of the source came before. */
  readonly sequence: number;
  /** Number of the object within its kind. */
  readonly object: number;
  /** In [0, 1), for what the model decides by chance. */
  readonly chance: number;
}

/** A closed loop: `clients` that each start their next operation when the last is done. */
export interface ClosedLoop {
  readonly source: number;
  readonly clients: number;
  /** The instants that the rate limit allows; undefined: none. */
  readonly limit: ArrivalStream | undefined;
  next(atMs: number): Operation;
}

export interface OperationPlan {
  readonly durationMs: number;
  readonly levels: Levels;
  /** The next open-loop operation in order of instants; undefined at the end. */
  next(): Operation | undefined;
  readonly closed: readonly ClosedLoop[];
}

export function planOperations(profile: Profile, seed: number): OperationPlan {
  const durationMs = profile.warmup + measuredMs(profile);
  const open: Stream[] = [];
  const closed: ClosedLoop[] = [];
  profile.sources.forEach((source, index) => {
    // Each source walks levels of its own: their inverse keeps a cursor.
    const levels = source.pace === 'steady' ? steadyLevels(durationMs) : levelsOf(profile.warmup, profile.phases);
    const random = seededRandom(mix(seed, hashText(source.name)));
    const arrivals = arrivalStream(source.arrivals, levels, random.fork());
    const draw = drawer(profile, source, index, random);
    if (source.arrivals.kind === 'closed') {
      closed.push({ source: index, clients: source.arrivals.clients, limit: arrivals, next: draw });
    } else if (arrivals !== undefined) {
      open.push({ arrivals, draw, atMs: arrivals() });
    }
  });
  return { durationMs, levels: levelsOf(profile.warmup, profile.phases), next: () => earliest(open), closed };
}

/**
 * The part of a plan that one of `shards` generators drives. All writes of an object fall to one of them, so that it alone
 * knows the object's revision; the parts together are the whole.
 */
export function shardOfPlan(plan: OperationPlan, profile: Profile, shard: number, shards: number): OperationPlan {
  if (shards === 1) return plan;
  const mine = ({ source, sequence, object }: Operation): boolean =>
    ('object' in profile.sources[source]! && object > 0 ? object : sequence) % shards === shard;
  return {
    ...plan,
    next: () => {
      for (let operation = plan.next(); operation !== undefined; operation = plan.next()) {
        if (mine(operation)) return operation;
      }
      return undefined;
    },
    closed: plan.closed
      .map((loop) => ({
        ...loop,
        clients: Math.floor(loop.clients / shards) + (shard < loop.clients % shards ? 1 : 0),
        limit: loop.limit === undefined ? undefined : everyNth(loop.limit, shard, shards),
        next: (atMs: number): Operation => {
          let operation = loop.next(atMs);
          while (!mine(operation)) operation = loop.next(atMs);
          return operation;
        },
      }))
      .filter((loop) => loop.clients > 0),
  };
}

function everyNth(stream: ArrivalStream, shard: number, shards: number): ArrivalStream {
  let skip = shard;
  return () => {
    for (; skip > 0; skip--) stream();
    skip = shards - 1;
    return stream();
  };
}

interface Stream {
  readonly arrivals: ArrivalStream;
  readonly draw: (atMs: number) => Operation;
  atMs: number | undefined;
}

/** Sources are few: a look at each is cheaper than a heap. The first of two at one instant goes first. */
function earliest(streams: readonly Stream[]): Operation | undefined {
  let next: Stream | undefined;
  for (const stream of streams) {
    if (stream.atMs !== undefined && (next?.atMs === undefined || stream.atMs < next.atMs)) next = stream;
  }
  if (next?.atMs === undefined) return undefined;
  const operation = next.draw(next.atMs);
  next.atMs = next.arrivals();
  return operation;
}

function drawer(profile: Profile, source: Source, index: number, random: Random): (atMs: number) => Operation {
  const pick = picker(profile, source, random);
  let sequence = 0;
  return (atMs) => {
    const object = pick(sequence, atMs);
    return { atMs, source: index, sequence: sequence++, object, chance: random.float() };
  };
}

/** What happened once happens again later, not while the first of it is still being written. Source: assumed. */
const REPEAT_AFTER_MS = 2_000;

/** Which object an operation is about. */
function picker(profile: Profile, source: Source, random: Random): (sequence: number, atMs: number) => number {
  if (!('object' in source)) return () => 0;
  const count = profile.objects[source.object]?.count ?? 0;
  switch (source.model) {
    case 'apply':
    case 'get':
      return () => random.below(count);
    case 'update':
      return source.pick === 'uniform' ? () => random.below(count) : (sequence) => sequence % count;
    case 'mixed':
      return source.pick === 'uniform' ? () => random.below(count) : (sequence) => count + sequence;
    case 'create': {
      /** Of those that are too young to happen again. */
      let createdAtMs: number[] = [];
      let first = 0;
      let created = 0;
      return (_sequence, atMs) => {
        while (createdAtMs[first]! <= atMs - REPEAT_AFTER_MS) first++;
        if (first > 1_024 && 2 * first > createdAtMs.length) {
          createdAtMs = createdAtMs.slice(first);
          first = 0;
        }
        const settled = created - (createdAtMs.length - first);
        if (settled > 0 && random.float() < source.repeats) return count + random.below(settled);
        createdAtMs.push(atMs);
        return count + created++;
      };
    }
    case 'pod':
    case 'lease':
      return (sequence) => count + sequence;
    case 'masterlease':
      return (sequence) => sequence % count;
    case 'list':
    case 'cached-list':
    case 'count':
      return () => 0;
  }
}

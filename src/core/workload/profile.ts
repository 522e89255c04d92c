/** A load profile as data: the schema. Unknown keys and units are refused by name (parse.ts). */
import { z } from 'zod';
import { DEFAULT_MAX_REQUEST_BYTES } from '../api/index.ts';
import { DurationSchema, RateSchema, SizeSchema } from './units.ts';
import { STAMP_BYTES } from './value.ts';

export const PROFILE_SCHEMA_VERSION = 1;

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'a name is lower-case letters, digits and dashes');
/** A phase of no time has no rate. */
const phaseDuration = DurationSchema.refine((ms) => ms > 0, { error: 'a phase lasts longer than nothing' });
const share = z.number().min(0).max(1);
const positive = z.int().positive();
const whole = z.int().nonnegative();
/** The rest of the request needs some of what etcd takes. */
const MOST_VALUE_BYTES = DEFAULT_MAX_REQUEST_BYTES - 1024;
/** Every written value opens with the stamp. */
const valueSize = SizeSchema.refine((bytes) => bytes >= STAMP_BYTES && bytes <= MOST_VALUE_BYTES, {
  error: `a value has ${STAMP_BYTES} B to ${MOST_VALUE_BYTES} B`,
});

/** One stretch of time. `level` multiplies the rate of every source that follows the phases. */
export const PhaseSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('hold'),
    name,
    duration: phaseDuration,
    level: z.number().nonnegative().default(1),
  }),
  z.strictObject({
    kind: z.literal('ramp'),
    name,
    duration: phaseDuration,
    from: z.number().nonnegative(),
    to: z.number().nonnegative(),
  }),
  z.strictObject({ kind: z.literal('burst'), name, duration: phaseDuration, level: z.number().positive() }),
  z.strictObject({ kind: z.literal('pause'), name, duration: phaseDuration }),
]);

/** When operations arrive. All but `closed` are open loop: the schedule never waits for an answer. */
const ArrivalsSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), rate: RateSchema }),
  z.strictObject({ kind: z.literal('poisson'), rate: RateSchema }),
  /** Groups of `burst` operations at one instant; the groups arrive as a Poisson process; `rate` counts operations. */
  z.strictObject({ kind: z.literal('bursts'), rate: RateSchema, burst: positive }),
  /** Offsets from the start of the source, as they were seen once. */
  z.strictObject({
    kind: z.literal('recorded'),
    offsets: z.array(DurationSchema).min(1),
    every: DurationSchema.optional(),
  }),
  /** Each client sends its next operation when the last one is done, at most `rate` a second together. */
  z.strictObject({ kind: z.literal('closed'), clients: positive, rate: RateSchema.optional() }),
]);

/** A rate or count that holds for each node or pod of the cluster: it is multiplied by their number. */
const per = z.enum(['node', 'pod']).optional();

/** A kind of object: where its keys lie, how many there are, how large and how random its values are. */
const ObjectSchema = z.strictObject({
  /** The word in the key: `pods` in /registry/pods/default/x. */
  resource: z.string().regex(/^[a-z][a-z./-]*$/, 'a resource is lower-case letters, dots, slashes and dashes'),
  /** 0: not namespaced. */
  namespaces: whole.default(0),
  /** Names that sources choose among; sources that make new objects count on from here. */
  count: whole.default(0),
  /** Written before the clock starts: the first `preload` of `count`. */
  preload: whole.default(0),
  per,
  size: z.union([
    valueSize,
    z.strictObject({ p50: valueSize, p99: valueSize, max: valueSize }).refine((s) => s.p50 <= s.p99 && s.p99 <= s.max, {
      error: 'size needs p50 <= p99 <= max',
    }),
  ]),
  /** Share of the bytes that are random; the rest is text that repeats, as in real objects. */
  entropy: share.default(0.35),
  /** Bytes that each version adds. */
  growth: SizeSchema.default(0),
});

/** `phases`: the rate follows the level of the phase. `steady`: background that does not. */
const pace = z.enum(['phases', 'steady']).default('phases');
/** A source of requests about what is there once in a cluster. */
const lone = { name, arrivals: ArrivalsSchema, pace, per };
/** A source of requests about objects of a kind; `object` is its key under `objects`. */
const source = { name, arrivals: ArrivalsSchema, object: name, pace, per };

/** One lease for many objects: how long it lives, and for how long and how many objects it is given out. */
const sharedLease = z
  .strictObject({ ttl: DurationSchema, reuseFor: DurationSchema, reuseObjects: positive })
  .optional();

const SourceSchema = z.discriminatedUnion('model', [
  /** kubectl apply: Get, then a create or an update, or no write for the unchanged share. */
  z.strictObject({ model: z.literal('apply'), ...source, unchanged: share.default(0) }),
  /** A writer that knows the revision it last wrote: one Txn, and its retry on conflict. */
  z.strictObject({
    model: z.literal('update'),
    ...source,
    pick: z.enum(['round-robin', 'uniform']).default('round-robin'),
  }),
  /** New objects only, with a shared lease when `lease` is set, as events are written. */
  z.strictObject({
    model: z.literal('create'),
    ...source,
    lease: sharedLease,
    /** Share of the arrivals that count up an earlier object of the same source in place of a new one. */
    repeats: share.default(0),
  }),
  /** A pod from its creation to its deletion, one job a pod. */
  z.strictObject({
    model: z.literal('pod'),
    ...source,
    /** The Job that owns the pod: made before it, updated as it goes on, deleted before it. */
    ownerObject: name.optional(),
    /** Status writes of the kubelet between binding and end. */
    statusWrites: whole,
    /** Events of this kind are written beside; 0 for none. */
    events: whole,
    eventObject: name.optional(),
    eventLease: sharedLease,
    /** From the creation to the scheduler's binding. */
    bindAfter: DurationSchema,
    /** From one status write to the next. */
    statusEvery: DurationSchema,
    /** From the last status write of the start to the end of the job. */
    runFor: DurationSchema,
  }),
  z.strictObject({ model: z.literal('get'), ...source }),
  /**
   * Pages of `page` objects under the resource; 0: all in one answer. Only what no cache holds (events), a watch cache that
   * begins, and one that is compared with etcd (`exact`: at a revision that is known) are listed so.
   */
  z.strictObject({ model: z.literal('list'), ...source, page: whole, exact: z.boolean().default(false) }),
  /** A consistent list that the apiserver's cache serves: the revision it waits for is read. */
  z.strictObject({ model: z.literal('cached-list'), ...source }),
  z.strictObject({ model: z.literal('count'), ...source }),
  /** Plain Puts and Ranges, as load tools send them; `reads` is the share of Ranges. */
  z.strictObject({
    model: z.literal('mixed'),
    ...source,
    reads: share,
    /** Pads the key to this length. */
    keyBytes: positive.optional(),
    /** `sequential`: a new key each time, as etcdctl check perf does. */
    pick: z.enum(['uniform', 'sequential']).default('uniform'),
  }),
  /** Grant, keep alive, revoke; one key bound to the lease. */
  z.strictObject({
    model: z.literal('lease'),
    ...source,
    ttl: DurationSchema,
    keepAlives: whole,
    keepAliveEvery: DurationSchema,
  }),
  /** An apiserver's own entry among the masterleases, renewed under a new lease, and what it then compares. */
  z.strictObject({ model: z.literal('masterlease'), ...source }),
  /** The compactor of an apiserver: Txn on compact_rev_key, then Compact of the revision of the time before. */
  z.strictObject({ model: z.literal('compact'), ...lone }),
  /** Maintenance.Status, as the database size is polled. */
  z.strictObject({ model: z.literal('status'), ...lone }),
  /** The health probe: Range of one key. */
  z.strictObject({ model: z.literal('health'), ...lone }),
]);

/** Watches that stand through the whole run. */
const WatchSchema = z.strictObject({
  name,
  object: name,
  count: positive,
  /** `all`: the whole resource, as a watch cache does; `one`: a key each, as a kubelet watches its secret. */
  scope: z.enum(['all', 'one']).default('all'),
  /** False: a client's own watch of what no cache holds, such as events. */
  cached: z.boolean().default(true),
  /** RequestProgress this often, as consistent reads from the cache do. */
  progressEvery: DurationSchema.optional(),
});

/** Something done to the cluster at an instant of the profile, counted from the end of the warm-up. */
const ActionSchema = z.strictObject({
  at: DurationSchema,
  /**
   * `defragment`: one member after the other. `kill-leader`, `pause-leader`: SIGKILL or SIGSTOP, for so long.
   * `restart-members`: one after the other, each down for so long. `recover-space`: compact, defragment, disarm.
   */
  do: z.enum(['defragment', 'kill-leader', 'pause-leader', 'restart-members', 'recover-space']),
  for: DurationSchema.default(0),
});

/** `total` or a class of requests, and one of its figures. A typing error would be found only by a run. */
const THRESHOLD_METRIC =
  /^(?:total|operations\..+)\.(?:scheduled|completed|errors|skipped|conflicts|ratePerS|errorShare|completedShare|errorsByCode\.[A-Z_]+|(?:response|service)Ms\.(?:count|min|p50|p90|p99|p999|max|mean|stdDev))$/;

/** What the profile promises to hold. */
export const ThresholdSchema = z.strictObject({
  metric: z
    .string()
    .regex(THRESHOLD_METRIC, 'a metric is total or operations.CLASS and a figure, such as total.responseMs.p99'),
  comparison: z.enum(['<', '<=', '>', '>=', '=']),
  value: z.number(),
  unit: z.string().optional(),
  source: z.string().optional(),
});

export const ProfileSchema = z.strictObject({
  schemaVersion: z.literal(PROFILE_SCHEMA_VERSION),
  name,
  description: z.string(),
  /** Profiles whose sources, objects and watches are added; `scale` multiplies their rates and counts. */
  include: z.array(z.strictObject({ profile: name, scale: z.number().positive().default(1) })).default([]),
  /** The cluster that it stands for: what is `per` node or pod is multiplied by these. */
  cluster: z.strictObject({ nodes: positive.default(1), pods: positive.default(1) }).default({ nodes: 1, pods: 1 }),
  /** Driven but not measured, at the level the first phase opens with. */
  warmup: DurationSchema.default(0),
  phases: z.array(PhaseSchema).min(1),
  objects: z.record(name, ObjectSchema).default({}),
  sources: z.array(SourceSchema).default([]),
  watches: z.array(WatchSchema).default([]),
  actions: z.array(ActionSchema).default([]),
  thresholds: z.array(ThresholdSchema).default([]),
  /** Flags that a member started for this profile needs, as etcd takes them. */
  memberFlags: z.array(z.string().startsWith('--')).default([]),
});

export type Profile = z.infer<typeof ProfileSchema>;
export type Phase = z.infer<typeof PhaseSchema>;
export type Arrivals = z.infer<typeof ArrivalsSchema>;
export type ObjectKind = z.infer<typeof ObjectSchema>;
export type Source = z.infer<typeof SourceSchema>;
export type WatchGroup = z.infer<typeof WatchSchema>;
export type Action = z.infer<typeof ActionSchema>;

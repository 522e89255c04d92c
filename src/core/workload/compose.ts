/** Composition: a profile with what it includes, each part scaled, as one profile without includes. */
import { UsageError } from '../../base/errors.ts';
import { checkProfile } from './check.ts';
import type { Arrivals, ObjectKind, Profile, Source, WatchGroup } from './profile.ts';

const DEEPEST_INCLUDE = 8;

/** Gives a profile by its name, or undefined. */
export type ProfileLookup = (name: string) => Profile | undefined;

/** The size of the cluster that a profile stands for, in place of its own. */
export interface ClusterSize {
  readonly nodes?: number | undefined;
  readonly pods?: number | undefined;
}

/** `profile` with everything it includes. Throws UsageError for a missing part, a circle or a clash of names. */
export function composeProfile(profile: Profile, lookup: ProfileLookup, size: ClusterSize = {}): Profile {
  const whole = compose(profile, lookup, [profile.name], size);
  checkProfile(whole);
  return whole;
}

function compose(written: Profile, lookup: ProfileLookup, trail: readonly string[], size: ClusterSize): Profile {
  if (trail.length > DEEPEST_INCLUDE) {
    throw new UsageError(`${trail[0]}: includes go deeper than ${DEEPEST_INCLUDE}: ${trail.join(' > ')}`);
  }
  const profile = multiply(written, size);
  let result = profile;
  for (const { profile: name, scale } of profile.include) {
    if (trail.includes(name)) throw new UsageError(`${trail[0]}: includes itself: ${[...trail, name].join(' > ')}`);
    const found = lookup(name);
    if (found === undefined) throw new UsageError(`${profile.name}: includes the unknown profile "${name}"`);
    const part = scaleProfile(compose(found, lookup, [...trail, name], size), scale);
    result = merge(result, part);
  }
  return { ...result, include: [] };
}

/** What a profile, with all that it includes, has so many times as there are nodes or pods. */
export function scalesBy(profile: Profile, lookup: ProfileLookup): ReadonlySet<'node' | 'pod'> {
  const found = new Set<'node' | 'pod'>();
  const seen = new Set<string>();
  const visit = (part: Profile | undefined): void => {
    if (part === undefined || seen.has(part.name)) return;
    seen.add(part.name);
    for (const { per } of [...Object.values(part.objects), ...part.sources]) if (per !== undefined) found.add(per);
    for (const { profile: name } of part.include) visit(lookup(name));
  };
  visit(profile);
  return found;
}

/** What is `per` node or pod, times their number. */
function multiply(profile: Profile, size: ClusterSize): Profile {
  const cluster = { nodes: size.nodes ?? profile.cluster.nodes, pods: size.pods ?? profile.cluster.pods };
  const timesOf = (per: 'node' | 'pod'): number => (per === 'node' ? cluster.nodes : cluster.pods);
  return {
    ...profile,
    cluster,
    objects: Object.fromEntries(
      Object.entries(profile.objects).map(([name, { per, ...object }]) => [
        name,
        per === undefined ? object : scaleObject(object, timesOf(per)),
      ]),
    ),
    sources: profile.sources.map(({ per, ...source }) =>
      per === undefined ? (source as Source) : { ...source, arrivals: scaleArrivals(source.arrivals, timesOf(per)) },
    ),
  };
}

/** The including profile keeps its phases, warm-up and thresholds; the part gives objects, sources, watches, actions. */
function merge(whole: Profile, part: Profile): Profile {
  const objects = { ...part.objects };
  for (const [name, object] of Object.entries(whole.objects)) {
    const other = objects[name];
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(object)) {
      throw new UsageError(`${whole.name}: object "${name}" is another one in the included profile "${part.name}"`);
    }
    objects[name] = object;
  }
  return {
    ...whole,
    objects,
    sources: uniquelyNamed(whole, part, 'sources'),
    watches: uniquelyNamed(whole, part, 'watches'),
    actions: [...whole.actions, ...part.actions],
  };
}

function uniquelyNamed<Key extends 'sources' | 'watches'>(whole: Profile, part: Profile, key: Key): Profile[Key] {
  const clash = whole[key].find((mine) => part[key].some((other) => other.name === mine.name));
  if (clash !== undefined) {
    throw new UsageError(`${whole.name}: ${key} "${clash.name}" stands in the included profile "${part.name}" too`);
  }
  return [...whole[key], ...part[key]] as Profile[Key];
}

/** Every rate and every count times `factor`; counts that were there stay at least one. */
function scaleProfile(profile: Profile, factor: number): Profile {
  return {
    ...scaleRates(profile, factor),
    objects: Object.fromEntries(Object.entries(profile.objects).map(([name, o]) => [name, scaleObject(o, factor)])),
    watches: profile.watches.map((watch): WatchGroup => ({ ...watch, count: scaleCount(watch.count, factor) })),
  };
}

/** Every rate (and every closed loop's clients) times `factor`; what there is to write to stays as it is. */
export function scaleRates(profile: Profile, factor: number): Profile {
  return {
    ...profile,
    sources: profile.sources.map((source): Source => ({ ...source, arrivals: scaleArrivals(source.arrivals, factor) })),
  };
}

/** The same profile, its warm-up and phases stretched or squeezed to `durationMs` of measured time. */
export function stretchProfile(profile: Profile, durationMs: number): Profile {
  const factor = durationMs / measuredMs(profile);
  return {
    ...profile,
    warmup: Math.min(profile.warmup, profile.warmup * factor),
    phases: profile.phases.map((phase) => ({ ...phase, duration: phase.duration * factor })),
    actions: profile.actions.map((action) => ({
      ...action,
      at: action.at * factor,
      for: action.for * factor,
    })),
  };
}

/** How long the phases last together. */
export function measuredMs(profile: Profile): number {
  return profile.phases.reduce((sum, phase) => sum + phase.duration, 0);
}

function scaleArrivals(arrivals: Arrivals, factor: number): Arrivals {
  switch (arrivals.kind) {
    case 'constant':
    case 'poisson':
    case 'bursts':
      return { ...arrivals, rate: arrivals.rate * factor };
    case 'recorded':
      return {
        ...arrivals,
        offsets: arrivals.offsets.map((offset) => offset / factor),
        ...(arrivals.every === undefined ? {} : { every: arrivals.every / factor }),
      };
    case 'closed':
      return {
        ...arrivals,
        clients: scaleCount(arrivals.clients, factor),
        ...(arrivals.rate === undefined ? {} : { rate: arrivals.rate * factor }),
      };
  }
}

function scaleObject(object: ObjectKind, factor: number): ObjectKind {
  const count = scaleCount(object.count, factor);
  return { ...object, count, preload: Math.min(count, scaleCount(object.preload, factor)) };
}

function scaleCount(count: number, factor: number): number {
  return count === 0 ? 0 : Math.max(1, Math.round(count * factor));
}

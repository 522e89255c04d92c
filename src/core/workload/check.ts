/** What only the whole profile shows: names that point nowhere or twice, and amounts that cannot be driven. */
import { UsageError } from '../../base/errors.ts';
import type { ObjectKind, Profile, Source } from './profile.ts';

/** Throws UsageError for what a run would only stumble over. `profile` is composed: it includes nothing any more. */
export function checkProfile(profile: Profile): void {
  const known = Object.keys(profile.objects);
  const need = (who: string, object: string): ObjectKind => {
    const found = profile.objects[object];
    if (found === undefined) {
      throw new UsageError(`${profile.name}: ${who} names the unknown object "${object}"; known: ${known.join(', ')}`);
    }
    return found;
  };
  if (profile.sources.length === 0) throw new UsageError(`${profile.name}: sources: none, here or included`);
  for (const key of ['phases', 'sources', 'watches'] as const) checkNames(profile, key);
  checkActions(profile);
  for (const [name, object] of Object.entries(profile.objects)) {
    if (object.preload > object.count) {
      throw new UsageError(`${profile.name}: objects.${name}: preload ${object.preload} is over count ${object.count}`);
    }
  }
  for (const source of profile.sources) checkSource(profile, source, need);
  for (const watch of profile.watches) {
    const object = need(`watch "${watch.name}"`, watch.object);
    if (watch.scope === 'one' && object.count === 0) {
      throw new UsageError(
        `${profile.name}: watch "${watch.name}" watches one key each, and object "${watch.object}" has count 0`,
      );
    }
  }
}

/** Source: assumed; ten times what one generator of this program reaches on a fast machine. */
const MOST_PER_S = 2_000_000;

/** Throws UsageError for a rate that no generator sends: working it out alone would take for ever. */
export function checkRates(profile: Profile): void {
  const highest = Math.max(
    ...profile.phases.map((phase) =>
      'level' in phase ? phase.level : 'to' in phase ? Math.max(phase.from, phase.to) : 0,
    ),
  );
  for (const { name, arrivals, pace } of profile.sources) {
    if (!('rate' in arrivals) || arrivals.rate === undefined) continue;
    const perS = arrivals.rate * (pace === 'steady' ? 1 : highest);
    if (perS <= MOST_PER_S) continue;
    throw new UsageError(
      `${profile.name}: source "${name}" would send ${perS.toLocaleString('en', { maximumFractionDigits: 0 })}/s; the most is ${MOST_PER_S.toLocaleString('en')}/s`,
    );
  }
}

/** Two of one name cannot be told apart in a report, and two sources of one name would draw the same operations. */
function checkNames(profile: Profile, key: 'phases' | 'sources' | 'watches'): void {
  const names = profile[key].map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`${profile.name}: ${key}: "${twice}" stands there twice`);
}

/** An action that begins after the load would do harm that nothing measures. */
function checkActions(profile: Profile): void {
  const endMs = profile.phases.reduce((sum, phase) => sum + phase.duration, 0);
  const late = profile.actions.find(({ at }) => at >= endMs);
  if (late === undefined) return;
  throw new UsageError(
    `${profile.name}: action "${late.do}" is due at ${late.at / 1_000} s, and the phases end at ${endMs / 1_000} s`,
  );
}

function checkSource(profile: Profile, source: Source, need: (who: string, object: string) => ObjectKind): void {
  const who = `source "${source.name}"`;
  if (!('object' in source)) return;
  const object = need(who, source.object);
  const choosesAmong =
    source.model === 'apply' ||
    source.model === 'update' ||
    source.model === 'get' ||
    source.model === 'masterlease' ||
    (source.model === 'mixed' && source.pick === 'uniform');
  if (choosesAmong && object.count === 0) {
    throw new UsageError(`${profile.name}: ${who} chooses among objects, and object "${source.object}" has count 0`);
  }
  if (source.model === 'pod' && source.ownerObject !== undefined) need(who, source.ownerObject);
  if (source.model === 'pod' && source.events > 0) {
    if (source.eventObject === undefined || source.eventLease === undefined) {
      throw new UsageError(`${profile.name}: ${who} writes events: it needs eventObject and eventLease`);
    }
    need(who, source.eventObject);
  }
}

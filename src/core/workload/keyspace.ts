/** Where a profile's objects lie under its own prefix, and what they hold. */
import type { ByteString } from '../../base/bytes.ts';
import { assert } from '../../base/errors.ts';
import type { ObjectKind, Profile } from './profile.ts';
import type { Values } from './value.ts';
import { mix, valuesOf } from './value.ts';

const VERBS = ['create', 'update', 'delete', 'get', 'list', 'count'] as const;
export type Verb = (typeof VERBS)[number];

export interface ObjectSpace {
  readonly name: string;
  readonly kind: ObjectKind;
  readonly values: Values;
  /** `<prefix>/pods/`: what a list or a watch of the resource covers. */
  readonly resourcePrefix: ByteString;
  /** The classes that its requests are counted under, as apiserver's metrics name them: verb and resource. */
  readonly classes: Readonly<Record<Verb, string>>;
  /** The key of an object by its number. */
  keyOf(object: number): ByteString;
  /** The same, padded to a length as etcdctl check perf pads its keys. */
  paddedKeyOf(object: number, keyBytes: number): ByteString;
}

export interface Keyspace {
  readonly prefix: ByteString;
  readonly objects: readonly ObjectSpace[];
  of(name: string): ObjectSpace;
}

/** Some 20 MB of texts. */
const MOST_KEPT_KEYS = 200_000;

/** `prefix` has no slash at its end: `/etcdmark/registry`. */
export function keyspaceOf(profile: Profile, prefix: ByteString, seed: number): Keyspace {
  const objects = Object.entries(profile.objects).map(([name, kind]) => objectSpace(name, kind, prefix, seed));
  const byName = new Map(objects.map((object) => [object.name, object]));
  return {
    prefix,
    objects,
    of: (name) => {
      const found = byName.get(name);
      assert(found !== undefined, `no object "${name}" in a profile that was checked`);
      return found;
    },
  };
}

function objectSpace(name: string, kind: ObjectKind, prefix: ByteString, seed: number): ObjectSpace {
  const own = mix(seed, hashText(name));
  const resourcePrefix = `${prefix}/${kind.resource}/`;
  const makeKey = (object: number): ByteString => {
    const namespace = kind.namespaces === 0 ? '' : `namespace-${mix(own, object) % kind.namespaces}/`;
    // The kind's name keeps two kinds of one resource apart; the suffix is as long as a ReplicaSet's pod has.
    const suffix = mix(own ^ 0x2545f491, object)
      .toString(36)
      .padStart(7, '0')
      .slice(-7);
    return `${resourcePrefix}${namespace}${name}-${object}-${suffix}`;
  };
  // One and the same text for the objects that come again: its hash is worked out once.
  const keys: ByteString[] = [];
  const keyOf = (object: number): ByteString =>
    object < kind.count && object < MOST_KEPT_KEYS ? (keys[object] ??= makeKey(object)) : makeKey(object);
  return {
    name,
    kind,
    values: valuesOf(kind, own),
    resourcePrefix,
    // Made once: a text put together for each request would be hashed for each request.
    classes: Object.fromEntries(VERBS.map((verb) => [verb, `${verb} ${kind.resource}`])) as Record<Verb, string>,
    keyOf,
    paddedKeyOf: (object, keyBytes) => {
      const start = `${resourcePrefix}${name}-`;
      return start + String(object).padStart(Math.max(1, keyBytes - start.length), '0');
    },
  };
}

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

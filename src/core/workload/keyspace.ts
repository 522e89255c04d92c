/** Where a profile's objects lie under its own prefix, and what they hold. */
import type { ByteString } from '../../base/bytes.ts';
import { byteStringFrom, bytesFrom } from '../../base/bytes.ts';
import { assert } from '../../base/errors.ts';
import { ObjectKey } from './object-key.ts';
import type { KeyFormat } from './object-key.ts';
import type { ObjectKind, Profile } from './profile.ts';
import type { Values } from './value.ts';
import { mix, valuesOf } from './value.ts';

const VERBS = ['create', 'update', 'delete', 'get', 'list', 'count', 'revision'] as const;
export type Verb = (typeof VERBS)[number];

export interface ObjectSpace {
  /** Its place in the keyspace. */
  readonly number: number;
  readonly name: string;
  readonly kind: ObjectKind;
  readonly values: Values;
  /** `<prefix>/pods/`: what a list or a watch of the resource covers. */
  readonly resourcePrefix: ByteString;
  /** The classes that its requests are counted under, as apiserver's metrics name them: verb and resource. */
  readonly classes: Readonly<Record<Verb, string>>;
  /** The key of an object by its number. */
  keyOf(object: number): ByteString;
  /** The same keys for what sends very many. */
  newKey(): ObjectKey;
  /** The object whose key it is; undefined where it is none of these. */
  objectOf(key: ByteString): number | undefined;
}

export interface Keyspace {
  readonly prefix: ByteString;
  /** One for each kind of the profile. */
  readonly objects: readonly ObjectSpace[];
  /** By number: those, and the padded ones. */
  readonly spaces: readonly ObjectSpace[];
  /** With `keyBytes` keys are padded to a length, as etcdctl check perf pads its keys: a space of its own. */
  of(name: string, keyBytes?: number): ObjectSpace;
}

/** Some 20 MB of texts. */
const MOST_KEPT_KEYS = 200_000;

/** `prefix` has no slash at its end: `/etcdmark/registry`. */
export function keyspaceOf(profile: Profile, prefix: ByteString, seed: number): Keyspace {
  const objects = Object.entries(profile.objects).map(([name, kind], number) =>
    objectSpace(number, name, kind, prefix, seed),
  );
  const spaces = [...objects];
  const padded: (ObjectSpace & { readonly keyBytes: number })[] = [];
  for (const source of profile.sources) {
    if (source.model !== 'mixed' || source.keyBytes === undefined) continue;
    const { object, keyBytes } = source;
    if (padded.some((each) => each.name === object && each.keyBytes === keyBytes)) continue;
    const base = objects.find(({ name }) => name === object);
    if (base === undefined) continue;
    const space = { ...base, number: spaces.length, keyBytes, ...paddedKeys(base, keyBytes) };
    padded.push(space);
    spaces.push(space);
  }
  return {
    prefix,
    objects,
    spaces,
    of: (name, keyBytes) => {
      const among = keyBytes === undefined ? objects : padded.filter((space) => space.keyBytes === keyBytes);
      const found = among.find((space) => space.name === name);
      assert(found !== undefined, `no object "${name}" in a profile that was checked`);
      return found;
    },
  };
}

function objectSpace(number: number, name: string, kind: ObjectKind, prefix: ByteString, seed: number): ObjectSpace {
  const own = mix(seed, hashText(name));
  const resourcePrefix = `${prefix}/${kind.resource}/`;
  // What all keys of a namespace open with. The kind's name keeps two kinds of one resource apart.
  const openings = new Map<number, Uint8Array>();
  const openingIn = (namespace: number): Uint8Array => {
    const known = openings.get(namespace);
    if (known !== undefined) return known;
    const opening = bytesFrom(`${resourcePrefix}namespace-${namespace}/${name}-`);
    openings.set(namespace, opening);
    return opening;
  };
  const withoutNamespace = bytesFrom(`${resourcePrefix}${name}-`);
  const format: KeyFormat = {
    openingOf: (object) => (kind.namespaces === 0 ? withoutNamespace : openingIn(mix(own, object) % kind.namespaces)),
    leastDigits: 1,
    // As long as a ReplicaSet's pod has.
    suffixOf: (object) => mix(own ^ 0x2545f491, object),
  };
  const makeKey = keyText(format);
  // One and the same text for the objects that come again.
  const keys: ByteString[] = [];
  const keyOf = (object: number): ByteString =>
    object < kind.count && object < MOST_KEPT_KEYS ? (keys[object] ??= makeKey(object)) : makeKey(object);
  return {
    number,
    name,
    kind,
    values: valuesOf(kind, own),
    resourcePrefix,
    // Made once: a text put together for each request would be hashed for each request.
    classes: Object.fromEntries(VERBS.map((verb) => [verb, `${verb} ${kind.resource}`])) as Record<Verb, string>,
    keyOf,
    newKey: () => new ObjectKey(format),
    objectOf: (key) => objectIn(key, /-(\d+)-[^-]*$/, keyOf),
  };
}

function keyText(format: KeyFormat): (object: number) => ByteString {
  const key = new ObjectKey(format);
  // One for all keys: an array for each would take longer than all the rest.
  let bytes = new Uint8Array(0);
  return (object) => {
    key.of(object);
    if (key.length > bytes.length) bytes = new Uint8Array(2 * key.length);
    key.writeTo(bytes, 0);
    return byteStringFrom(bytes, 0, key.length);
  };
}

function paddedKeys(
  { name, resourcePrefix }: ObjectSpace,
  keyBytes: number,
): Pick<ObjectSpace, 'keyOf' | 'newKey' | 'objectOf'> {
  const opening = bytesFrom(`${resourcePrefix}${name}-`);
  const leastDigits = Math.max(1, keyBytes - opening.length);
  const format: KeyFormat = { openingOf: () => opening, leastDigits, suffixOf: undefined };
  const keyOf = keyText(format);
  return { keyOf, newKey: () => new ObjectKey(format), objectOf: (key) => objectIn(key, /-(\d+)$/, keyOf) };
}

/** The number in a key, where its object's key is the same. */
function objectIn(key: ByteString, number: RegExp, keyOf: (object: number) => ByteString): number | undefined {
  const digits = number.exec(key)?.[1];
  const object = Number(digits);
  return digits !== undefined && keyOf(object) === key ? object : undefined;
}

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

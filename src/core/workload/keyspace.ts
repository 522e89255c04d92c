/** Where a profile's objects lie under its own prefix, and what they hold. */
import type { ByteString } from '../../base/bytes.ts';
import { bytesFrom } from '../../base/bytes.ts';
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
  const openings = new Map<number, Opening>();
  const openingOf = (namespace: number): Opening => {
    const known = openings.get(namespace);
    if (known !== undefined) return known;
    const opening = openingFrom(`${resourcePrefix}namespace-${namespace}/${name}-`);
    openings.set(namespace, opening);
    return opening;
  };
  const withoutNamespace = openingFrom(`${resourcePrefix}${name}-`);
  const openingFor = (object: number): Opening =>
    kind.namespaces === 0 ? withoutNamespace : openingOf(mix(own, object) % kind.namespaces);
  // As long as a ReplicaSet's pod has.
  const suffixOf = (object: number): number => mix(own ^ 0x2545f491, object);
  const makeKey = (object: number): ByteString =>
    `${openingFor(object).text}${object}-${sevenDigits(suffixOf(object))}`;
  const format: KeyFormat = { openingOf: (object) => openingFor(object).bytes, leastDigits: 1, suffixOf };
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

interface Opening {
  readonly text: ByteString;
  readonly bytes: Uint8Array;
}

function openingFrom(text: ByteString): Opening {
  return { text, bytes: bytesFrom(text) };
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';
/** Every three digits of base 36: `toString(36)` takes longer than all else that a request needs of this file. */
const TRIPLES = Array.from(
  { length: 36 ** 3 },
  (_, i) => DIGITS[Math.floor(i / 1_296)]! + DIGITS[Math.floor(i / 36) % 36]! + DIGITS[i % 36]!,
);

/** A 32-bit number in base 36. */
function sevenDigits(value: number): string {
  const high = Math.floor(value / 46_656);
  return DIGITS[Math.floor(high / 46_656)]! + TRIPLES[high % 46_656]! + TRIPLES[value % 46_656]!;
}

function paddedKeys(
  { name, resourcePrefix }: ObjectSpace,
  keyBytes: number,
): Pick<ObjectSpace, 'keyOf' | 'newKey' | 'objectOf'> {
  const { text, bytes } = openingFrom(`${resourcePrefix}${name}-`);
  const leastDigits = Math.max(1, keyBytes - text.length);
  const keyOf = (object: number): ByteString => text + String(object).padStart(leastDigits, '0');
  const format: KeyFormat = { openingOf: () => bytes, leastDigits, suffixOf: undefined };
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

/**
 * What written values hold. A value opens with a stamp that says who wrote it and when it was meant to be sent, so that
 * a watcher knows its delivery time and the audit knows its writer from the value alone:
 *
 *   0  "k8s\0"                     as an apiserver's protobuf values open
 *   4  float64 LE                  intended send, CLOCK_MONOTONIC milliseconds of the generator's machine
 *  12  uint32 LE                   number of the object within its kind
 *  16  uint32 LE                   sequence number of the operation within its source
 *  20  uint8 source, uint8 step    which source, which write of the operation
 *  22  uint16 LE                   how many writes of this object came before; it grows by `growth` with each
 *
 * The rest is a slice of the kind's text: words that repeat, as field names and labels do, mixed with random bytes by the
 * kind's entropy. Versions of one object share their bytes but for the stamp and the growth, as real updates do.
 */
import type { ByteSource } from '../../base/bytes.ts';
import type { Random } from '../../base/random.ts';
import { seededRandom } from '../../base/random.ts';
import type { ObjectKind } from './profile.ts';

export const STAMP_BYTES = 24;
const MAGIC = 0x0073386b;
/** Small values come from a text that stays in the processor's nearest caches. */
const LEAST_TEXT_BYTES = 16 * 1024;
/** So many places of the text at which bodies begin: objects that are this far apart share one. */
const PLACES = 64;
/** Views that are kept of values that are not of one size. */
const MOST_VIEWS = 1_024;
/** Standard normal quantile of 0.99. */
const Z99 = 2.326;
const MOST_WRITES = 0xffff;

export interface Stamp {
  readonly intendedMs: number;
  readonly object: number;
  readonly sequence: number;
  readonly source: number;
  readonly step: number;
  /** Writes of the object before this one. */
  readonly writes: number;
}

export interface Values {
  /** The value that this writer writes. */
  make(stamp: Stamp): ByteSource;
  /** The same, in place of what `value` was. */
  renew(value: StampedValue, stamp: Stamp): void;
  /** Its length. */
  sizeOf(object: number, writes: number): number;
  /** Whether `value` is whole: what its own stamp says it should be. */
  isIntact(value: Uint8Array): boolean;
}

export function valuesOf(kind: ObjectKind, seed: number): Values {
  const largest = largestSize(kind);
  const text = repeatingText(Math.max(LEAST_TEXT_BYTES, 2 * largest), kind.entropy, seededRandom(seed));
  const isFixed = typeof kind.size === 'number' && kind.growth === 0;
  const sizeOf = (object: number, writes: number): number =>
    isFixed ? largest : Math.min(largest, Math.round(baseSize(kind, object, seed) + kind.growth * writes));
  // To make a view of the text costs more than to copy a small body: one serves all values of its length.
  const views = isFixed ? PLACES : MOST_VIEWS;
  const bodies = new Array<Uint8Array | undefined>(views).fill(undefined);
  const bodyOf = (object: number, size: number): Uint8Array => {
    const known = bodies[object % views];
    if (known !== undefined && known.length === size - STAMP_BYTES) return known;
    const start = mix(seed ^ 0x5bd1e995, object % PLACES) % (text.length - largest);
    return (bodies[object % views] = text.subarray(start + STAMP_BYTES, start + size));
  };
  const renew = (value: StampedValue, stamp: Stamp): void => {
    const { object, writes } = stamp;
    value.become(stamp, bodyOf(object, sizeOf(object, Math.min(MOST_WRITES, writes))));
  };
  return {
    sizeOf,
    make: (stamp) => {
      const value = new StampedValue();
      renew(value, stamp);
      return value;
    },
    renew,
    isIntact: (value) => {
      const stamp = readStamp(value);
      if (stamp === undefined || value.length !== sizeOf(stamp.object, stamp.writes)) return false;
      const body = bodyOf(stamp.object, value.length);
      for (let i = 0; i < body.length; i++) if (body[i] !== value[STAMP_BYTES + i]) return false;
      return true;
    },
  };
}

const scratch = new DataView(new ArrayBuffer(STAMP_BYTES));
const scratchBytes = new Uint8Array(scratch.buffer);
const NO_STAMP: Stamp = { intendedMs: 0, object: 0, sequence: 0, source: 0, step: 0, writes: 0 };
const NO_BODY = new Uint8Array(0);

/** Its bytes are put together in the message that carries it: a value is often larger than all else of a request. */
export class StampedValue implements ByteSource {
  length = STAMP_BYTES;
  private stamp: Stamp = NO_STAMP;
  private body: Uint8Array = NO_BODY;

  become(stamp: Stamp, body: Uint8Array): void {
    this.length = STAMP_BYTES + body.length;
    this.stamp = stamp;
    this.body = body;
  }

  writeTo(into: Uint8Array, offset: number): void {
    const { stamp } = this;
    scratch.setFloat64(0, stamp.intendedMs, true);
    writeUint32(MAGIC, into, offset);
    writeUint32(scratch.getUint32(0, true), into, offset + 4);
    writeUint32(scratch.getUint32(4, true), into, offset + 8);
    writeUint32(stamp.object, into, offset + 12);
    writeUint32(stamp.sequence, into, offset + 16);
    into[offset + 20] = stamp.source;
    into[offset + 21] = stamp.step;
    const writes = Math.min(MOST_WRITES, stamp.writes);
    into[offset + 22] = writes;
    into[offset + 23] = writes >>> 8;
    into.set(this.body, offset + STAMP_BYTES);
  }
}

/** Little-endian. A DataView of the message would have to be made for each. */
function writeUint32(value: number, into: Uint8Array, offset: number): void {
  into[offset] = value;
  into[offset + 1] = value >>> 8;
  into[offset + 2] = value >>> 16;
  into[offset + 3] = value >>> 24;
}

/** The stamp of a value; undefined where it is none of ours. */
export function readStamp(value: Uint8Array): Stamp | undefined {
  if (value.length < STAMP_BYTES) return undefined;
  scratchBytes.set(value.subarray(0, STAMP_BYTES));
  if (scratch.getUint32(0, true) !== MAGIC) return undefined;
  return {
    intendedMs: scratch.getFloat64(4, true),
    object: scratch.getUint32(12, true),
    sequence: scratch.getUint32(16, true),
    source: scratch.getUint8(20),
    step: scratch.getUint8(21),
    writes: scratch.getUint16(22, true),
  };
}

function largestSize(kind: ObjectKind): number {
  // A fixed size may grow: twice is where growth ends.
  return typeof kind.size === 'number' ? kind.size * (kind.growth > 0 ? 2 : 1) : kind.size.max;
}

/** Fixed, or log-normal through the given median and p99, the same for an object every time. */
function baseSize(kind: ObjectKind, object: number, seed: number): number {
  if (typeof kind.size === 'number') return kind.size;
  const { p50, p99, max } = kind.size;
  const u1 = (mix(seed, object) + 1) / 4294967297;
  const u2 = mix(seed ^ 0x9e3779b9, object) / 4294967296;
  const normal = Math.sqrt(-2 * Math.log(u1)) * Math.cos(2 * Math.PI * u2);
  const size = p50 * Math.exp((Math.log(p99 / p50) / Z99) * normal);
  return Math.round(Math.min(max, Math.max(STAMP_BYTES, size)));
}

const WORDS = [
  'metadata', 'namespace', 'labels', 'app.kubernetes.io/name', 'annotations', 'kubectl.kubernetes.io/last-applied',
  'spec', 'containers', 'image', 'registry.example.com/team/service', 'resources', 'limits', 'requests', 'memory', 'cpu',
  'env', 'valueFrom', 'configMapKeyRef', 'volumeMounts', 'mountPath', '/var/run/secrets/kubernetes.io/serviceaccount',
  'readinessProbe', 'httpGet', 'periodSeconds', 'tolerations', 'node.kubernetes.io/not-ready', 'NoExecute', 'status',
  'conditions', 'lastTransitionTime', 'PodScheduled', 'ContainersReady', 'True', 'managedFields', 'kube-controller-manager',
]; // prettier-ignore
const RANDOM_RUN_BYTES = 16;

/** `length` bytes of which the share `entropy` is random, in runs as uids and hashes are; no entropy at all: zeros. */
function repeatingText(length: number, entropy: number, random: Random): Uint8Array {
  const text = new Uint8Array(length);
  if (entropy === 0) return text;
  let at = 0;
  let randomBytes = 0;
  while (at < length) {
    if (randomBytes < entropy * at) {
      const end = Math.min(length, at + RANDOM_RUN_BYTES);
      randomBytes += end - at;
      while (at < end) text[at++] = random.uint32() & 0xff;
    } else {
      const word = WORDS[random.below(WORDS.length)]!;
      for (let i = 0; i < word.length && at < length; i++) text[at++] = word.charCodeAt(i);
      // Protobuf's tag and length before the next field.
      if (at < length) text[at++] = 0x0a;
      if (at < length) text[at++] = word.length;
    }
  }
  return text;
}

/** A well mixed 32-bit number from two. */
export function mix(seed: number, value: number): number {
  let t = Math.imul(value ^ (value >>> 16), 0x21f0aaad) ^ Math.imul(seed, 0x9e3779b9);
  t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
  t = Math.imul(t ^ (t >>> 13), 0x85ebca6b);
  return (t ^ (t >>> 16)) >>> 0;
}

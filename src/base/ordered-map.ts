/**
 * A map in byte order of its keys: a B+tree whose nodes are flat arrays, so that a million keys cost the garbage
 * collector some ten thousand objects beside the keys themselves. Every inner node knows how many entries lie
 * below each child, which makes counting a range as cheap as finding its ends.
 */
import type { ByteString } from './bytes.ts';

/** Entries a leaf and children an inner node may hold; splitting and merging keep nodes at or below it. */
const CAPACITY = 64;
/** Below this a node is merged into a neighbour, where the two fit into one. */
const SPARSE = CAPACITY / 4;

interface Leaf<V> {
  readonly leaf: true;
  keys: ByteString[];
  values: V[];
  next: Leaf<V> | undefined;
}

interface Inner<V> {
  readonly leaf: false;
  /** keys[i] is the lowest key that may lie under children[i + 1]. */
  keys: ByteString[];
  children: Node<V>[];
  /** Entries below each child. */
  counts: number[];
}

type Node<V> = Leaf<V> | Inner<V>;

/** Where an iteration stands. Any change of the map ends its validity; seek again from the last key. */
export interface Cursor<V> {
  /** The key here; undefined past the last entry. */
  readonly key: ByteString | undefined;
  readonly value: V;
  advance(): void;
}

export class OrderedMap<V> {
  private root: Node<V> = emptyLeaf<V>();
  private entries = 0;

  get size(): number {
    return this.entries;
  }

  get(key: ByteString): V | undefined {
    const leaf = this.leafOf(key);
    const at = lowerBound(leaf.keys, key);
    return leaf.keys[at] === key ? leaf.values[at] : undefined;
  }

  /** Stores `value` and returns what it replaces. */
  set(key: ByteString, value: V): V | undefined {
    const before = this.entries;
    const replaced = this.insert(this.root, key, value);
    if (this.entries !== before && sizeOf(this.root) > CAPACITY) {
      const left = this.root;
      const [separator, right] = split(left, true);
      this.root = {
        leaf: false,
        keys: [separator],
        children: [left, right],
        counts: [entriesIn(left), entriesIn(right)],
      };
    }
    return replaced;
  }

  /** Removes the entry and returns its value; undefined where there is none. */
  delete(key: ByteString): V | undefined {
    const before = this.entries;
    const removed = this.remove(this.root, key);
    if (this.entries !== before && !this.root.leaf && this.root.children.length === 1)
      this.root = this.root.children[0]!;
    return removed;
  }

  clear(): void {
    this.root = emptyLeaf<V>();
    this.entries = 0;
  }

  /** How many keys are lower than `key`. */
  rank(key: ByteString): number {
    let rank = 0;
    let node = this.root;
    while (!node.leaf) {
      const at = upperBound(node.keys, key);
      for (let i = 0; i < at; i++) rank += node.counts[i]!;
      node = node.children[at]!;
    }
    return rank + lowerBound(node.keys, key);
  }

  /** How many keys lie in [start, end); `end` undefined means to the last. */
  countRange(start: ByteString, end: ByteString | undefined): number {
    return Math.max(0, (end === undefined ? this.entries : this.rank(end)) - this.rank(start));
  }

  /** A cursor on the first entry at or after `start`. */
  seek(start: ByteString): Cursor<V> {
    const leaf = this.leafOf(start);
    return new LeafCursor(leaf, lowerBound(leaf.keys, start));
  }

  /** Visits [start, end) in order until `visit` returns false; `end` undefined means to the last. */
  scan(start: ByteString, end: ByteString | undefined, visit: (key: ByteString, value: V) => boolean | void): void {
    let leaf: Leaf<V> | undefined = this.leafOf(start);
    let at = lowerBound(leaf.keys, start);
    for (; leaf !== undefined; leaf = leaf.next, at = 0) {
      const { keys, values } = leaf;
      const inside = end === undefined ? keys.length : lastInside(keys, end);
      for (; at < inside; at++) if (visit(keys[at]!, values[at]!) === false) return;
      if (inside < keys.length) return;
    }
  }

  private leafOf(key: ByteString): Leaf<V> {
    let node = this.root;
    while (!node.leaf) node = node.children[upperBound(node.keys, key)]!;
    return node;
  }

  private insert(node: Node<V>, key: ByteString, value: V): V | undefined {
    if (node.leaf) {
      const { keys, values } = node;
      const at = lowerBound(keys, key);
      if (keys[at] === key) {
        const replaced = values[at];
        values[at] = value;
        return replaced;
      }
      if (at === keys.length) {
        keys.push(key);
        values.push(value);
      } else {
        keys.splice(at, 0, key);
        values.splice(at, 0, value);
      }
      this.entries++;
      return undefined;
    }
    const at = upperBound(node.keys, key);
    const child = node.children[at]!;
    const before = this.entries;
    const replaced = this.insert(child, key, value);
    if (this.entries === before) return replaced;
    node.counts[at]!++;
    if (sizeOf(child) > CAPACITY) {
      const [separator, right] = split(child, at === node.keys.length);
      node.keys.splice(at, 0, separator);
      node.children.splice(at + 1, 0, right);
      const moved = entriesIn(right);
      node.counts[at]! -= moved;
      node.counts.splice(at + 1, 0, moved);
    }
    return undefined;
  }

  private remove(node: Node<V>, key: ByteString): V | undefined {
    if (node.leaf) {
      const at = lowerBound(node.keys, key);
      if (node.keys[at] !== key) return undefined;
      const removed = node.values[at];
      node.keys.splice(at, 1);
      node.values.splice(at, 1);
      this.entries--;
      return removed;
    }
    const at = upperBound(node.keys, key);
    const child = node.children[at]!;
    const before = this.entries;
    const removed = this.remove(child, key);
    if (this.entries === before) return removed;
    node.counts[at]!--;
    if (sizeOf(child) < SPARSE) this.mergeAround(node, at);
    return removed;
  }

  /** Merges the sparse child at `at` with a neighbour, where the two fit into one node. */
  private mergeAround(parent: Inner<V>, at: number): void {
    const left =
      at > 0 && this.fits(parent, at - 1) ? at - 1 : at + 1 < parent.children.length && this.fits(parent, at) ? at : -1;
    if (left < 0) return;
    const [a, b] = [parent.children[left]!, parent.children[left + 1]!];
    if (a.leaf && b.leaf) {
      a.keys = a.keys.concat(b.keys);
      a.values = a.values.concat(b.values);
      a.next = b.next;
    } else if (!a.leaf && !b.leaf) {
      a.keys = a.keys.concat(parent.keys[left]!, b.keys);
      a.children = a.children.concat(b.children);
      a.counts = a.counts.concat(b.counts);
    }
    parent.counts[left]! += parent.counts[left + 1]!;
    parent.keys.splice(left, 1);
    parent.children.splice(left + 1, 1);
    parent.counts.splice(left + 1, 1);
  }

  private fits(parent: Inner<V>, left: number): boolean {
    return sizeOf(parent.children[left]!) + sizeOf(parent.children[left + 1]!) <= CAPACITY;
  }
}

class LeafCursor<V> implements Cursor<V> {
  private leaf: Leaf<V> | undefined;
  private at: number;

  constructor(leaf: Leaf<V>, at: number) {
    this.leaf = leaf;
    this.at = at;
    this.settle();
  }

  get key(): ByteString | undefined {
    return this.leaf?.keys[this.at];
  }

  get value(): V {
    return this.leaf!.values[this.at]!;
  }

  advance(): void {
    this.at++;
    this.settle();
  }

  private settle(): void {
    while (this.leaf !== undefined && this.at >= this.leaf.keys.length) {
      this.leaf = this.leaf.next;
      this.at = 0;
    }
  }
}

function emptyLeaf<V>(): Leaf<V> {
  return { leaf: true, keys: [], values: [], next: undefined };
}

function sizeOf<V>(node: Node<V>): number {
  return node.leaf ? node.keys.length : node.children.length;
}

function entriesIn<V>(node: Node<V>): number {
  if (node.leaf) return node.keys.length;
  let sum = 0;
  for (const count of node.counts) sum += count;
  return sum;
}

/**
 * Moves the upper part of `node` into a new node and returns it with the key that divides them. Keys that arrive in
 * order always split the last node; there the left part stays nearly full.
 */
function split<V>(node: Node<V>, isLast: boolean): [ByteString, Node<V>] {
  const at = isLast ? CAPACITY - SPARSE / 2 : CAPACITY / 2;
  if (node.leaf) {
    const right: Leaf<V> = { leaf: true, keys: node.keys.slice(at), values: node.values.slice(at), next: node.next };
    node.keys = node.keys.slice(0, at);
    node.values = node.values.slice(0, at);
    node.next = right;
    return [right.keys[0]!, right];
  }
  const separator = node.keys[at - 1]!;
  const right: Inner<V> = {
    leaf: false,
    keys: node.keys.slice(at),
    children: node.children.slice(at),
    counts: node.counts.slice(at),
  };
  node.keys = node.keys.slice(0, at - 1);
  node.children = node.children.slice(0, at);
  node.counts = node.counts.slice(0, at);
  return [separator, right];
}

/** The first index whose key is ≥ `key`. */
function lowerBound(keys: readonly ByteString[], key: ByteString): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first index whose key is > `key`. */
function upperBound(keys: readonly ByteString[], key: ByteString): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many keys of a leaf are lower than `end`; most leaves of a long scan lie wholly inside. */
function lastInside(keys: readonly ByteString[], end: ByteString): number {
  const last = keys[keys.length - 1];
  return last === undefined || last < end ? keys.length : lowerBound(keys, end);
}

/**
 * LMDB's file read without LMDB, mistrusting every byte: a bad page number or offset followed through a memory map ends
 * the process without a word, so the file is walked here first. A walk visits each page that the trees hold once, checks
 * that it is where and what it should be, and that nothing on it points outside of it; page contents are covered by the
 * records' own checksums.
 *
 * Format (lmdb-js 3.5, data version 2, little-endian, 64-bit, without overlapping sync; offsets in bytes):
 *
 *     page      u64 number, u64 transaction, u16 pad, u16 flags (1 branch, 2 leaf, 4 overflow, 8 meta),
 *               u16 lower, u16 upper (overflow: u32 pages); then u16 offsets of the nodes, all from behind this header
 *     node      u32 size (branch: low half of the child's number), u16 flags (branch: the number's upper half;
 *               leaf: 1 data on overflow pages, 2 a named tree), u16 key size, key, data
 *     overflow  in the node: u64 first page, u64 transaction, u64 pages; the data lie behind the first page's header
 *     tree      u32 pad, u16 flags, u16 depth, u64 branch, leaf and overflow pages, u64 entries, u64 root (all ones: empty)
 *     meta      pages 0 and 1: u32 magic, u32 version, u64 address, u64 map size, tree of free pages (its pad is the page
 *               size), main tree, u64 last page, u64 transaction; the higher transaction counts
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { byteStringFrom, compareBytes } from '../../base/bytes.ts';
import { OperationError } from '../../base/errors.ts';
import { DAMAGE_REMEDY } from './lmdb-records.ts';

const PAGE_HEADER = 24;
const NODE_HEADER = 8;
const TREE_BYTES = 48;
const META_BYTES = 144;
const META_PAGES = 2;
const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const META = 8;
const BIG_DATA = 1;
const NAMED_TREE = 2;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const EMPTY_ROOT = 0xffffffffffffffffn;
/** Pages are read this many at a time: leaves that were written together lie together. */
const WINDOW_PAGES = 256;
/** Deeper than any tree that fits into 2^48 bytes. */
const MAX_DEPTH = 32;

interface Tree {
  readonly depth: number;
  readonly entries: number;
  /** undefined for an empty tree. */
  readonly root: number | undefined;
}

/** Key and data are only valid during the call. Returning false ends the walk. */
export type RecordVisitor = (key: Uint8Array, data: Uint8Array) => boolean | void;

export class LmdbFile {
  private readonly path: string;
  private readonly fd: number;
  private readonly pageBytes: number;
  private readonly pageCount: number;
  /** Of the pages counted, those within the file: LMDB writes none that were freed by the transaction that took them. */
  private readonly storedPages: number;
  private readonly lastTransaction: bigint;
  private readonly freeTree: Tree;
  private readonly mainTree: Tree;
  private window: Uint8Array;
  private windowStart = -1;
  private windowPages = 0;
  private used: Uint8Array;

  /** Reads the meta pages. Throws OperationError where they are damaged. */
  constructor(path: string) {
    this.path = path;
    this.fd = openSync(path, 'r');
    try {
      const { pageBytes, meta } = this.newestMeta();
      this.pageBytes = pageBytes;
      this.pageCount = this.number(meta, 120, 'the last page') + 1;
      this.storedPages = Math.min(this.pageCount, Math.floor(fstatSync(this.fd).size / pageBytes));
      this.lastTransaction = meta.getBigUint64(128, true);
      this.freeTree = this.tree(meta, 24);
      this.mainTree = this.tree(meta, 72);
      this.window = new Uint8Array(WINDOW_PAGES * pageBytes);
      this.used = new Uint8Array(Math.ceil(this.pageCount / 8));
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Walks everything that LMDB would ever follow a pointer to. Throws OperationError at the first damage. */
  check(): void {
    this.used.fill(0);
    const trees: Tree[] = [];
    this.walk(this.mainTree, (_key, data, flags) => {
      if (flags === NAMED_TREE) trees.push(this.tree(new DataView(data.buffer, data.byteOffset, data.length), 0));
    });
    for (const tree of trees) this.walk(tree, () => undefined);
    this.walk(this.freeTree, (_key, data) => this.checkFreePages(data), false);
  }

  /** Visits the records of a named tree in key order; none where there is no such tree. */
  scan(name: string, visit: RecordVisitor): void {
    let named: Tree | undefined;
    this.used.fill(0);
    this.walk(this.mainTree, (key, data, flags) => {
      // lmdb-js ends names with a zero byte.
      if (flags !== NAMED_TREE || byteStringFrom(key) !== name + '\0') return;
      named = this.tree(new DataView(data.buffer, data.byteOffset, data.length), 0);
    });
    if (named !== undefined) this.walk(named, visit);
  }

  private newestMeta(): { pageBytes: number; meta: DataView } {
    const first = this.meta(0);
    const pageBytes = first.getUint32(24, true);
    if (pageBytes < 256 || pageBytes > 65536 || (pageBytes & (pageBytes - 1)) !== 0)
      throw this.damaged(`its page size is ${pageBytes}`);
    const second = this.meta(pageBytes);
    return { pageBytes, meta: first.getBigUint64(128, true) >= second.getBigUint64(128, true) ? first : second };
  }

  /** The meta page at `position`, from behind its page header on. */
  private meta(position: number): DataView {
    const bytes = new Uint8Array(PAGE_HEADER + META_BYTES);
    const view = new DataView(bytes.buffer);
    if (readSync(this.fd, bytes, 0, bytes.length, position) < bytes.length)
      throw this.damaged('it ends within its first pages');
    const isMeta = view.getUint16(18, true) === META && view.getUint32(24, true) === MAGIC;
    if (!isMeta) throw this.damaged('it does not begin as an LMDB file does');
    const version = view.getUint32(28, true);
    if (version !== DATA_VERSION) {
      throw new OperationError(`${this.path} has LMDB format ${version}, this program reads ${DATA_VERSION}`);
    }
    return new DataView(bytes.buffer, PAGE_HEADER);
  }

  private tree(view: DataView, at: number): Tree {
    if (at + TREE_BYTES > view.byteLength) throw this.damaged('a tree’s description is cut short');
    const depth = view.getUint16(at + 6, true);
    const isEmpty = view.getBigUint64(at + 40, true) === EMPTY_ROOT;
    if (depth > MAX_DEPTH || isEmpty !== (depth === 0)) throw this.damaged(`a tree’s depth is ${depth}`);
    return {
      depth,
      entries: this.number(view, at + 32, 'a tree’s number of entries'),
      root: isEmpty ? undefined : this.number(view, at + 40, 'a tree’s root'),
    };
  }

  /** `inByteOrder` is false for keys that are integers. */
  private walk(
    tree: Tree,
    visit: (key: Uint8Array, data: Uint8Array, flags: number) => boolean | void,
    inByteOrder = true,
  ): void {
    if (tree.root === undefined) return;
    let entries = 0;
    let last: Uint8Array | undefined;
    const isWhole = this.walkPage(tree.root, tree.depth, (key, data, flags) => {
      if (inByteOrder && last !== undefined && compareBytes(last, key) >= 0)
        throw this.damaged('keys are out of order');
      last = inByteOrder ? key : undefined;
      entries++;
      return visit(key, data, flags);
    });
    if (isWhole && entries !== tree.entries)
      throw this.damaged(`a tree has ${entries} entries instead of ${tree.entries}`);
  }

  /** False when the visitor ended the walk. */
  private walkPage(
    number: number,
    depth: number,
    visit: (key: Uint8Array, data: Uint8Array, flags: number) => boolean | void,
  ): boolean {
    // Pages are copied: the window moves on while the visitor, or the walk below a branch, still reads.
    const page = this.page(number, 1).slice();
    const view = new DataView(page.buffer);
    const expected = depth === 1 ? LEAF : BRANCH;
    this.checkHeader(view, number, expected);
    const lower = view.getUint16(20, true);
    const upper = view.getUint16(22, true);
    const room = this.pageBytes - PAGE_HEADER;
    if (lower % 2 !== 0 || lower > upper || upper > room) throw this.damagedPage(number, 'its bounds do not fit');
    const nodes = lower / 2;
    if (nodes === 0) throw this.damagedPage(number, 'it is empty');
    for (let i = 0; i < nodes; i++) {
      const offset = view.getUint16(PAGE_HEADER + 2 * i, true);
      if (offset < upper || offset + NODE_HEADER > room) throw this.damagedPage(number, 'a node lies outside of it');
      const at = PAGE_HEADER + offset;
      const keyStart = at + NODE_HEADER;
      const keyEnd = keyStart + view.getUint16(at + 6, true);
      if (keyEnd > this.pageBytes) throw this.damagedPage(number, 'a key does not end on it');
      const size = view.getUint32(at, true);
      const flags = view.getUint16(at + 4, true);
      if (expected === BRANCH) {
        if (!this.walkPage(size + flags * 2 ** 32, depth - 1, visit)) return false;
      } else if (
        visit(page.subarray(keyStart, keyEnd), this.dataOf(page, view, keyEnd, size, flags, number), flags) === false
      ) {
        return false;
      }
    }
    return true;
  }

  private dataOf(
    page: Uint8Array,
    view: DataView,
    start: number,
    size: number,
    flags: number,
    number: number,
  ): Uint8Array {
    const isBig = flags === BIG_DATA;
    const end = start + (isBig ? 24 : size);
    if (end > this.pageBytes) throw this.damagedPage(number, 'a value does not end on it');
    if (flags > NAMED_TREE) throw this.damagedPage(number, `a node has the flags ${flags}`);
    if (!isBig) return page.subarray(start, end);
    const first = this.number(view, start, 'an overflow page');
    const pages = this.number(view, start + 16, 'a number of overflow pages');
    if (pages < Math.ceil((PAGE_HEADER + size) / this.pageBytes))
      throw this.damagedPage(number, 'a value has too few pages');
    const bytes = this.page(first, pages);
    this.checkHeader(new DataView(bytes.buffer, bytes.byteOffset), first, OVERFLOW);
    return bytes.slice(PAGE_HEADER, PAGE_HEADER + size);
  }

  private checkHeader(view: DataView, number: number, flags: number): void {
    if (view.getBigUint64(0, true) !== BigInt(number)) throw this.damagedPage(number, 'it has another’s number');
    if (view.getBigUint64(8, true) > this.lastTransaction) throw this.damagedPage(number, 'it is newer than the file');
    if (view.getUint16(18, true) !== flags) throw this.damagedPage(number, 'it is of the wrong kind');
  }

  /** Marks pages as used, which none may be twice, and reads them. */
  private page(first: number, pages: number): Uint8Array {
    if (first < META_PAGES || first + pages > this.pageCount) throw this.damagedPage(first, 'there is no such page');
    if (first + pages > this.storedPages) throw this.damagedPage(first, 'it lies behind the end of the file');
    for (let number = first; number < first + pages; number++) {
      const bit = 1 << (number & 7);
      if ((this.used[number >>> 3]! & bit) !== 0) throw this.damagedPage(number, 'it is used twice');
      this.used[number >>> 3]! |= bit;
    }
    if (pages > WINDOW_PAGES) {
      const bytes = new Uint8Array(pages * this.pageBytes);
      this.read(bytes, first);
      return bytes;
    }
    if (first < this.windowStart || first + pages > this.windowStart + this.windowPages) {
      this.windowStart = first;
      this.windowPages = Math.min(WINDOW_PAGES, this.storedPages - first);
      this.read(this.window.subarray(0, this.windowPages * this.pageBytes), first);
    }
    const start = (first - this.windowStart) * this.pageBytes;
    return this.window.subarray(start, start + pages * this.pageBytes);
  }

  private read(into: Uint8Array, page: number): void {
    if (readSync(this.fd, into, 0, into.length, page * this.pageBytes) < into.length)
      throw this.damagedPage(page, 'it is cut short');
  }

  /** A free page must exist and belong to no tree. Entries below one are LMDB’s marks, not pages. */
  private checkFreePages(list: Uint8Array): void {
    const view = new DataView(list.buffer, list.byteOffset, list.length);
    const entries = list.length < 8 ? 0 : this.number(view, 0, 'a number of free pages');
    if (entries * 8 + 8 > list.length) throw this.damaged('a list of free pages is cut short');
    for (let i = 1; i <= entries; i++) {
      const number = view.getBigInt64(8 * i, true);
      if (number < 1n) continue;
      const page = Number(number);
      const isThere = page >= META_PAGES && page < this.pageCount;
      if (!isThere || (this.used[page >>> 3]! & (1 << (page & 7))) !== 0)
        throw this.damagedPage(page, 'it is listed as free');
    }
  }

  private number(view: DataView, at: number, what: string): number {
    const value = view.getBigUint64(at, true);
    if (value >= 2n ** 48n) throw this.damaged(`${what} is ${value}`);
    return Number(value);
  }

  private damagedPage(page: number, what: string): OperationError {
    return this.damaged(`page ${page}: ${what}`);
  }

  private damaged(what: string): OperationError {
    return new OperationError(`backend file ${this.path} is damaged: ${what}; ${DAMAGE_REMEDY}`);
  }
}

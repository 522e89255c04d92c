/** The objects of one space in the ledger: columns in pages, so that no growth copies what is there. */
import type { Write } from './call.ts';

export const PAGE_OBJECTS = 1_024;

/** The objects from `page * PAGE_OBJECTS` on, each by its number within the page. */
export interface LedgerPage {
  /** ModRevision of the last acknowledged write; 0: acknowledged as deleted, or never written. */
  readonly revision: Float64Array;
  /** Writes since the key was last created, as etcd counts its version: this many at least. */
  readonly version: Uint32Array;
  /** All acknowledged writes and deletions, those before the load included. */
  readonly acknowledged: Uint32Array;
  /** The lease that the last acknowledged write bound the key to; 0: none. */
  lease: BigInt64Array | undefined;
  /** ModRevision of the write that was acknowledged before the load began; 0: there was none. */
  preloadedAt: Float64Array | undefined;
  /** Objects with a revision. */
  living: number;
}

/** What is not known of an object. */
export interface Doubt {
  /** Writes of unknown outcome since the version was last certain. */
  uncertain: number;
  /** There was a deletion of unknown outcome after what was acknowledged last: the key may be gone, or created anew. */
  maybeGone: boolean;
  /** All writes and deletions of unknown outcome. */
  unanswered: number;
}

/** Plain data. */
export interface ShelfReport {
  readonly pages: ReadonlyMap<number, LedgerPage>;
  readonly doubts: ReadonlyMap<number, Doubt>;
  /** Counts of the objects whose pages were given up: all of them were deleted for certain. */
  readonly gone: { readonly acknowledged: number; readonly unanswered: number };
}

export class LedgerShelf {
  private readonly lasting: number;
  private readonly pages = new Map<number, LedgerPage>();
  private readonly doubts = new Map<number, Doubt>();
  private readonly gone = { acknowledged: 0, unanswered: 0 };
  private newestNumber = -1;
  private newestPage: LedgerPage | undefined;
  /** The page looked at last: most objects are looked at several times in a row. */
  private lastNumber = -1;
  private lastPage: LedgerPage | undefined;

  constructor(lasting: number) {
    this.lasting = lasting;
  }

  revisionOf(object: number): number {
    return this.pageOf(object)?.revision[object % PAGE_OBJECTS] ?? 0;
  }

  writesOf(object: number): number {
    return this.pageOf(object)?.acknowledged[object % PAGE_OBJECTS] ?? 0;
  }

  acknowledged({ object, kind, lease }: Write, revision: number): void {
    const page = this.pageFor(object);
    const at = object % PAGE_OBJECTS;
    page.acknowledged[at]!++;
    const doubt = this.doubts.size === 0 ? undefined : this.doubts.get(object);
    if (doubt?.maybeGone === true) {
      // What it was counted from may be a new beginning, after that deletion.
      const counted = Math.min(1, page.version[at]!);
      doubt.uncertain += page.version[at]! - counted;
      page.version[at] = counted;
      doubt.maybeGone = false;
    }
    if (kind !== 'put') {
      page.version[at] = 0;
      if (doubt !== undefined) doubt.uncertain = 0;
    }
    const before = page.revision[at]!;
    if (kind === 'delete') {
      page.revision[at] = 0;
      if (before > 0 && --page.living === 0) this.giveUp(pageNumber(object), page);
      return;
    }
    page.version[at]!++;
    if (before === 0) page.living++;
    // Plain Puts of one key may be answered out of order; the last one applied is the one that stays.
    if (revision <= before) return;
    page.revision[at] = revision;
    if (lease !== undefined) (page.lease ??= new BigInt64Array(PAGE_OBJECTS))[at] = lease;
    else if (page.lease !== undefined) page.lease[at] = 0n;
  }

  preloaded(write: Write, revision: number): void {
    this.acknowledged(write, revision);
    const page = this.pageFor(write.object);
    (page.preloadedAt ??= new Float64Array(PAGE_OBJECTS))[write.object % PAGE_OBJECTS] = revision;
  }

  unanswered({ object, kind }: Write): void {
    let doubt = this.doubts.get(object);
    if (doubt === undefined) this.doubts.set(object, (doubt = { uncertain: 0, maybeGone: false, unanswered: 0 }));
    doubt.uncertain++;
    doubt.unanswered++;
    if (kind === 'delete') doubt.maybeGone = true;
  }

  report(): ShelfReport {
    return { pages: this.pages, doubts: this.doubts, gone: this.gone };
  }

  private pageOf(object: number): LedgerPage | undefined {
    const number = pageNumber(object);
    if (number === this.lastNumber) return this.lastPage;
    // What is being written is here, what is being acknowledged on the page before.
    if (number === this.newestNumber) return this.newestPage;
    this.lastNumber = number;
    return (this.lastPage = this.pages.get(number));
  }

  private pageFor(object: number): LedgerPage {
    const known = this.pageOf(object);
    if (known !== undefined) return known;
    const number = pageNumber(object);
    const page: LedgerPage = {
      revision: new Float64Array(PAGE_OBJECTS),
      version: new Uint32Array(PAGE_OBJECTS),
      acknowledged: new Uint32Array(PAGE_OBJECTS),
      lease: undefined,
      preloadedAt: undefined,
      living: 0,
    };
    this.pages.set(number, page);
    if (number === this.lastNumber) this.lastPage = page;
    if (number > this.newestNumber) {
      const filled = this.newestNumber;
      this.newestNumber = number;
      this.newestPage = page;
      const before = this.pages.get(filled);
      if (before?.living === 0) this.giveUp(filled, before);
    }
    return page;
  }

  /** Keeps the counts of a page in which nothing lives, and no more: a key that is found there should not be. */
  private giveUp(number: number, page: LedgerPage): void {
    const first = number * PAGE_OBJECTS;
    // The newest page is still being filled.
    if (first < this.lasting || number === this.newestNumber) return;
    const doubted: [number, Doubt][] = [];
    for (const [object, doubt] of this.doubts) {
      if (pageNumber(object) !== number) continue;
      if (doubt.uncertain > 0) return;
      doubted.push([object, doubt]);
    }
    for (const [object, doubt] of doubted) {
      this.gone.unanswered += doubt.unanswered;
      this.doubts.delete(object);
    }
    for (const count of page.acknowledged) this.gone.acknowledged += count;
    this.pages.delete(number);
    if (number === this.lastNumber) this.lastPage = undefined;
  }
}

/** Objects have numbers of 32 bits, as their stamps have them: so divided, no fraction is ever made. */
function pageNumber(object: number): number {
  return (object / PAGE_OBJECTS) | 0;
}

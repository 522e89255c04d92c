/**
 * Compaction. Logically it is at once: reads below the revision fail. Physically it goes on in steps that the shell
 * drives, so that nobody waits: first the index is walked key by key, shortening chains and noting what is kept; then
 * the backend is walked in revision order, deleting what is not. In that order a step touches few pages.
 *
 * Per key the newest revision at or below the compacted one is kept, unless it is a tombstone; a tombstone at exactly
 * the compacted revision is kept too or not, as the version of etcd has it whose behaviour is asked for.
 */
import type { ByteString } from '../../base/bytes.ts';
import { apiError } from '../api/index.ts';
import { KeptRevisions } from './kept-revisions.ts';
import type { RevisionStore } from './revision-store.ts';
import { NONE } from './revision-chains.ts';
import { encodeRevision, mainOf } from './revision-key.ts';

const SCHEDULED = 'scheduledCompactRev';
const FINISHED = 'finishedCompactRev';

/** A step of the index walk stops after this many keys for each revision it may handle. */
const KEYS_PER_REVISION = 4;

interface Task {
  readonly revision: number;
  readonly kept: KeptRevisions;
  /** Where the walk over the index goes on; undefined once it has ended. */
  nextKey: ByteString | undefined;
  /** Where the walk over the backend goes on. */
  nextMain: number;
  nextSub: number;
}

export class Compactor {
  private readonly store: RevisionStore;
  private readonly keepsTombstoneAtRevision: boolean;
  private readonly scheduled: number[] = [];
  private task: Task | undefined;

  constructor(store: RevisionStore, keepsTombstoneAtRevision: boolean) {
    this.store = store;
    this.keepsTombstoneAtRevision = keepsTombstoneAtRevision;
    const finished = storedRevision(store, FINISHED);
    store.compactRevision = Math.max(store.compactRevision, finished);
    const resumed = storedRevision(store, SCHEDULED);
    if (resumed > finished) {
      store.compactRevision = resumed;
      this.scheduled.push(resumed);
    }
  }

  /** Whether `step` has anything to do. */
  get isRunning(): boolean {
    return this.task !== undefined || this.scheduled.length > 0;
  }

  /** Whether the next step is one of the walk over the index; of meaning while anything is left to do. */
  get isInIndex(): boolean {
    return this.task === undefined || this.task.nextKey !== undefined;
  }

  /** Throws compacted or futureRevision. */
  schedule(revision: number): void {
    const { store } = this;
    if (revision <= store.compactRevision) throw apiError('compacted');
    if (revision > store.currentRevision) throw apiError('futureRevision');
    store.compactRevision = revision;
    store.backend.put('meta', SCHEDULED, encodeRevision(revision));
    this.scheduled.push(revision);
  }

  /**
   * Handles about `maxRevisions` revisions of the compaction that is due first; returns how many it deleted. While a read
   * below it goes on that is none.
   */
  step(maxRevisions: number): number {
    this.task ??= this.begin();
    const { task } = this;
    if (task === undefined) return 0;
    if (task.nextKey !== undefined) {
      this.walkIndex(task, maxRevisions);
      return 0;
    }
    return this.walkBackend(task, maxRevisions);
  }

  private begin(): Task | undefined {
    const [revision] = this.scheduled;
    if (revision === undefined || this.store.reads.isAnyBelow(revision)) return undefined;
    this.scheduled.shift();
    return { revision, kept: new KeptRevisions(), nextKey: '', nextMain: 0, nextSub: 0 };
  }

  private walkIndex(task: Task, maxRevisions: number): void {
    const { index } = this.store;
    const gone: [ByteString, number][] = [];
    let keys = 0;
    let released = 0;
    let resume: ByteString | undefined;
    index.scanAll(task.nextKey!, undefined, (key, slot) => {
      if (keys >= maxRevisions * KEYS_PER_REVISION || released >= maxRevisions) {
        resume = key;
        return false;
      }
      keys++;
      released += this.shorten(task, slot);
      if (index.head(slot) === NONE) gone.push([key, slot]);
      return undefined;
    });
    for (const [key, slot] of gone) index.drop(key, slot);
    task.nextKey = resume;
  }

  /** Cuts a key's chain after the revision that is kept; returns how many rows that freed. */
  private shorten(task: Task, slot: number): number {
    const { index } = this.store;
    const { chains } = index;
    const head = index.head(slot);
    let newer = NONE;
    let row = head;
    while (row !== NONE && chains.main(row) > task.revision) {
      newer = row;
      row = chains.older(row);
    }
    if (row === NONE) return 0;
    let cut = row;
    if (!chains.isTombstone(row) || this.keepsTombstone(chains.main(row), task.revision)) {
      task.kept.add(chains.main(row), chains.sub(row));
      cut = chains.older(row);
      chains.endAt(row);
    } else if (newer === NONE) {
      index.clearHead(slot);
    } else {
      chains.endAt(newer);
    }
    let released = 0;
    while (cut !== NONE) {
      const older = chains.older(cut);
      chains.release(cut);
      cut = older;
      released++;
    }
    return released;
  }

  private keepsTombstone(main: number, revision: number): boolean {
    return this.keepsTombstoneAtRevision && main === revision;
  }

  private walkBackend(task: Task, maxRevisions: number): number {
    const { backend } = this.store;
    const mains: number[] = [];
    const subs: number[] = [];
    let seen = 0;
    let isDone = true;
    backend.scanRevisionIds(task.nextMain, task.nextSub, (main, sub) => {
      if (main > task.revision) return false;
      if (seen === maxRevisions) {
        isDone = false;
        task.nextMain = main;
        task.nextSub = sub;
        return false;
      }
      seen++;
      if (!task.kept.has(main, sub)) {
        mains.push(main);
        subs.push(sub);
      }
      return undefined;
    });
    for (let i = 0; i < mains.length; i++) backend.deleteRevision(mains[i]!, subs[i]!);
    if (isDone) {
      backend.put('meta', FINISHED, encodeRevision(task.revision));
      this.task = undefined;
    }
    return mains.length;
  }
}

function storedRevision(store: RevisionStore, key: string): number {
  const bytes = store.backend.get('meta', key);
  return bytes === undefined ? store.compactRevision : mainOf(bytes);
}

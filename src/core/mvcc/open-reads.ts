/**
 * Reads that go on over several turns, by the revision they read. Compaction leaves alone what they may still need; as
 * none can begin below a compacted revision, it waits only for those that had begun before.
 */
import { SequenceMap } from '../../base/sequence-map.ts';

export class OpenReads {
  private readonly readers = new SequenceMap<number>();

  open(revision: number): void {
    this.readers.set(revision, (this.readers.get(revision) ?? 0) + 1);
  }

  close(revision: number): void {
    const readers = this.readers.get(revision)!;
    if (readers === 1) this.readers.delete(revision);
    else this.readers.set(revision, readers - 1);
  }

  /** Whether anybody reads below `revision`. */
  isAnyBelow(revision: number): boolean {
    let isAny = false;
    this.readers.forEach((_readers, read) => {
      if (read < revision) isAny = true;
    });
    return isAny;
  }
}

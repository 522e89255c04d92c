/**
 * Reads that go on over several turns, by the revision they read. Compaction leaves alone what they may still need; as
 * none can begin below a compacted revision, it waits only for those that had begun before.
 */
export class OpenReads {
  private readonly readers = new Map<number, number>();

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
    for (const read of this.readers.keys()) if (read < revision) return true;
    return false;
  }
}

/** When leases end: a binary heap by instant, with a lazy update: a lease that moved leaves its old entry to be skipped. */

interface Entry {
  readonly id: bigint;
  readonly atMs: number;
}

export class ExpiryHeap {
  private heap: Entry[] = [];
  /** The instant that counts for each lease. */
  private readonly current = new Map<bigint, number>();

  set(id: bigint, atMs: number): void {
    // Twice in the heap at one instant, it would be due twice.
    if (this.current.get(id) === atMs) return;
    this.current.set(id, atMs);
    this.push({ id, atMs });
    // Renewals leave stale entries behind; when they outnumber the leases the heap is rebuilt.
    if (this.heap.length > 64 && this.heap.length > 2 * this.current.size) this.rebuild();
  }

  remove(id: bigint): void {
    this.current.delete(id);
  }

  clear(): void {
    this.heap = [];
    this.current.clear();
  }

  /** The earliest instant in the heap; Infinity where it is empty. */
  get nextMs(): number {
    this.skipStale();
    return this.heap[0]?.atMs ?? Infinity;
  }

  /** Up to `limit` ids whose instant has come; each stays, for `retryAfterMs` from now. */
  takeDue(nowMs: number, limit: number, retryAfterMs: number): bigint[] {
    const due: bigint[] = [];
    while (due.length < limit && this.nextMs <= nowMs) due.push(this.pop().id);
    for (const id of due) this.set(id, nowMs + retryAfterMs);
    return due;
  }

  private skipStale(): void {
    let first = this.heap[0];
    while (first !== undefined && this.current.get(first.id) !== first.atMs) {
      this.pop();
      first = this.heap[0];
    }
  }

  private rebuild(): void {
    this.heap = [...this.current].map(([id, atMs]) => ({ id, atMs })).sort((a, b) => a.atMs - b.atMs);
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.atMs <= entry.atMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  private pop(): Entry {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++;
      if (heap[child]!.atMs >= last.atMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

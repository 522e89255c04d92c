/** A binary heap: what is due first comes out first; at one instant, what came in first. */
export class DueHeap<Item> {
  private readonly entries: { readonly dueMs: number; readonly order: number; readonly item: Item }[] = [];
  private order = 0;

  get size(): number {
    return this.entries.length;
  }

  /** When the first is due; Infinity where there is none. */
  get nextMs(): number {
    return this.entries[0]?.dueMs ?? Infinity;
  }

  push(dueMs: number, item: Item): void {
    const entries = this.entries;
    const entry = { dueMs, order: this.order++, item };
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!before(entry, entries[parent]!)) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  pop(): Item | undefined {
    const entries = this.entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first?.item;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && before(entries[child + 1]!, entries[child]!)) child++;
      if (!before(entries[child]!, last)) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = last;
    return first.item;
  }
}

function before(a: { dueMs: number; order: number }, b: { dueMs: number; order: number }): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

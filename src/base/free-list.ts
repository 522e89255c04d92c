/** Objects that wait to be used again, the latest first: it is what the processor's caches still hold. */
export class FreeList<T> {
  private readonly items: (T | undefined)[] = [];
  private count = 0;

  take(): T | undefined {
    if (this.count === 0) return undefined;
    const item = this.items[--this.count];
    this.items[this.count] = undefined;
    return item;
  }

  give(item: T): void {
    // Not `push` and `pop`: V8 makes calls of them.
    this.items[this.count++] = item;
  }
}

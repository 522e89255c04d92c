/** Simulated time: what is to happen, ordered by when, then by who asked first. One thread, no real clock. */

interface Event {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

export class Scheduler {
  /** A binary heap, soonest first. */
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #order = 0;
  events = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Returns what cancels it. */
  at(atMs: number, callback: () => void): () => void {
    const event: Event = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, callback };
    this.#push(event);
    return () => {
      event.callback = undefined;
    };
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.at(this.#nowMs + delayMs, callback);
  }

  /** Runs everything due until `untilMs`, or until `isDone` says so. */
  run(untilMs: number, isDone: () => boolean = () => false): void {
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs && !isDone()) {
      const event = this.#pop();
      this.#nowMs = event.atMs;
      this.events++;
      event.callback?.();
    }
    if (!isDone()) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** The append messages under way to one follower, as the last index of each: a ring, oldest first. */
import { assert } from '../../base/errors.ts';

export class Inflights {
  readonly #lastIndexes: Float64Array;
  #oldest = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#lastIndexes = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === this.#lastIndexes.length;
  }

  /** `lastIndex` rises from call to call. */
  add(lastIndex: number): void {
    assert(!this.full, 'raft: more append messages than the window holds');
    this.#lastIndexes[(this.#oldest + this.#count) % this.#lastIndexes.length] = lastIndex;
    this.#count++;
  }

  /** Everything up to `index` has arrived: answers are cumulative. */
  freeTo(index: number): void {
    while (this.#count > 0 && this.#lastIndexes[this.#oldest]! <= index) {
      this.#oldest = (this.#oldest + 1) % this.#lastIndexes.length;
      this.#count--;
    }
  }

  reset(): void {
    this.#count = 0;
  }
}

import type { ByteString } from '../../base/bytes.ts';
import { OrderedMap } from '../../base/ordered-map.ts';

/** A set of keys as intervals [start, end), joined where they overlap or touch. */
export class KeyIntervals {
  /** Starts by ends: the first end above a key is that of the only interval that may hold it. Most sets stay empty. */
  private starts: OrderedMap<ByteString> | undefined;

  /** Nothing where `end` is not above `start`. */
  add(start: ByteString, end: ByteString): void {
    if (end <= start) return;
    const starts = (this.starts ??= new OrderedMap());
    let [first, last] = [start, end];
    let met = starts.seek(first);
    while (met.key !== undefined && met.value <= last) {
      const [metEnd, metStart] = [met.key, met.value];
      if (metStart < first) first = metStart;
      if (metEnd > last) last = metEnd;
      starts.delete(metEnd);
      met = starts.seek(first);
    }
    starts.set(last, first);
  }

  /** Adds those of `other`, which may be changed by it. */
  addAll(other: KeyIntervals): void {
    let [few, many] = [other.starts, this.starts];
    if ((few?.size ?? 0) > (many?.size ?? 0)) [few, many] = [many, few];
    this.starts = many;
    few?.scan('', undefined, (end, start) => this.add(start, end));
  }

  has(key: ByteString): boolean {
    if (this.starts === undefined) return false;
    const above = this.starts.seek(key + '\0');
    return above.key !== undefined && above.value <= key;
  }
}

/**
 * Transactions that nothing is wrong with. Random ones of many operations are mostly refused for one of them; these are
 * carried out, however deep, and their inner conditions are about what their outer operations have just written.
 */
import { prefixEnd, type ByteString } from '../../../src/base/bytes.ts';
import { At, type Fields, type Value } from '../values.ts';
import type { Choices } from './choices.ts';

const MOST_DEPTH = 3;
const ALL = '\0';

export function soundTxnRequest(c: Choices): Fields {
  return new SoundTxn(c).make(c.below(MOST_DEPTH + 1));
}

class SoundTxn {
  private readonly c: Choices;
  /** By all branches, though two that exclude each other may share them: a key may be put once, and not deleted too. */
  private readonly puts = new Set<ByteString>();
  private readonly deletions: (readonly [start: ByteString, end: ByteString])[] = [];

  constructor(c: Choices) {
    this.c = c;
  }

  make(depth: number): Fields {
    const { c } = this;
    return {
      compare: Array.from({ length: c.below(3) }, () => this.condition()),
      success: this.operations(depth),
      failure: this.operations(depth),
    };
  }

  private condition(): Fields {
    const { c } = this;
    const touched = [...this.puts, ...this.deletions.map(([start]) => start)];
    const key = touched.length > 0 && c.chance(0.6) ? c.one(touched) : c.key();
    const fields: Fields = { key, result: c.below(4) };
    const revision = (): Value => (c.chance(0.4) ? 0 : new At('current', -c.below(20)));
    switch (c.below(5)) {
      case 0:
        Object.assign(fields, { target: 0, version: c.below(3) });
        break;
      case 1:
        Object.assign(fields, { target: 1, createRevision: revision() });
        break;
      case 2:
        Object.assign(fields, { target: 2, modRevision: revision() });
        break;
      case 3:
        Object.assign(fields, { target: 3, value: c.one(['', '1', '2', 'x']) });
        break;
      default:
        Object.assign(fields, { target: 4, lease: c.one([0n, 1n, 2n, 3n]) });
    }
    if (c.chance(0.4)) fields['rangeEnd'] = this.endAfter(key);
    return fields;
  }

  private operations(depth: number): Fields[] {
    return Array.from({ length: 1 + this.c.below(3) }, () => this.operation(depth));
  }

  private operation(depth: number): Fields {
    const { c } = this;
    if (depth > 0 && c.chance(0.5)) return { requestTxn: this.make(depth - 1) };
    const key = c.changingKey();
    const kind = c.below(10);
    if (kind < 5 && this.mayPut(key)) {
      this.puts.add(key);
      return { requestPut: { key, value: c.one(['', '1', '2', 'x']), prevKv: c.chance(0.5) } };
    }
    const end = c.chance(0.4) ? this.endAfter(key) : undefined;
    const bounds: Fields = end === undefined ? { key } : { key, rangeEnd: end };
    if (kind < 7 && this.mayDelete(key, end ?? `${key}\0`)) {
      this.deletions.push([key, end ?? `${key}\0`]);
      return { requestDeleteRange: { ...bounds, prevKv: c.chance(0.5) } };
    }
    return { requestRange: c.chance(0.4) ? { key: ALL, rangeEnd: ALL, limit: c.below(30) } : bounds };
  }

  private endAfter(key: ByteString): ByteString {
    const other = this.c.key();
    return other > key ? other : this.c.chance(0.5) ? prefixEnd(key) : ALL;
  }

  private mayPut(key: ByteString): boolean {
    return !this.puts.has(key) && !this.deletions.some(([start, end]) => covers(start, end, key));
  }

  private mayDelete(start: ByteString, end: ByteString): boolean {
    return ![...this.puts].some((key) => covers(start, end, key));
  }
}

function covers(start: ByteString, end: ByteString, key: ByteString): boolean {
  return key >= start && (end === ALL || key < end);
}

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BLOCK_BYTES } from '../../../src/wire/blocks.ts';
import { BlockWriter } from '../../../src/wire/messages/index.ts';

const TAG = 0x12;
const bytes = fc
  .tuple(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3 * BLOCK_BYTES })), fc.nat({ max: 255 }))
  .map(([length, value]) => Buffer.alloc(length, value));
const step = fc.record({ what: fc.constantFrom('add', 'field', 'insert'), bytes, back: fc.nat({ max: 2000 }) });

/** Tag, length as a varint, bytes. */
function fieldOf(content: Buffer): Buffer {
  const head = [TAG];
  let { length } = content;
  for (; length > 0x7f; length = Math.floor(length / 128)) head.push((length & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, length]), content]);
}

it('what was added, field by field, with what was put before it, is what comes out', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const writer = new BlockWriter();
      let expected = Buffer.alloc(0);
      for (const { what, bytes, back } of steps) {
        if (what === 'add') writer.add(bytes);
        else if (what === 'field') writer.field(TAG, bytes);
        if (what !== 'insert') {
          expected = Buffer.concat([expected, what === 'field' ? fieldOf(bytes) : bytes]);
          continue;
        }
        const position = Math.max(0, expected.length - back);
        if (!writer.insert(position, bytes)) continue;
        expected = Buffer.concat([expected.subarray(0, position), bytes, expected.subarray(position)]);
      }
      expect(writer.bytes).toBe(expected.length);
      const parts = writer.take();
      expect(Buffer.concat(parts.map((part) => part.bytes)).equals(expected)).toBe(true);
      // Each block is in one part, so that it is given back once.
      expect(new Set(parts.map(({ block }) => block)).size).toBe(parts.length);
    }),
  );
});

it('puts something before what is short and stands in one block, and says so where it does not', () => {
  const writer = new BlockWriter();
  writer.add(Buffer.from('ac'));
  expect(writer.insert(1, Buffer.from('b'))).toBe(true);
  expect(Buffer.concat(writer.take().map((part) => part.bytes)).toString()).toBe('abc');
  writer.add(Buffer.alloc(BLOCK_BYTES - 1));
  const position = writer.bytes;
  writer.add(Buffer.alloc(2));
  expect(writer.insert(position, Buffer.from('x'))).toBe(false);
  expect(writer.insert(0, Buffer.from('x'))).toBe(false);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpackDecoder } from '../../../src/wire/hpack/decoder.ts';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.ts';
import type { HeaderField } from '../../../src/wire/hpack/encoder.ts';
import { PreparedBlock } from '../../../src/wire/hpack/prepared-block.ts';

const field = fc.record({
  name: fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/),
  value: fc.stringMatching(/^[!-~]{0,40}$/),
  index: fc.boolean(),
});

function decode(decoder: HpackDecoder, block: Buffer): { name: string; value: string }[] {
  const fields: { name: string; value: string }[] = [];
  decoder.decode(block, 0, block.length, (name, value) => fields.push({ name, value }));
  return fields;
}

const plain = (fields: readonly HeaderField[]): { name: string; value: string }[] =>
  fields.map(({ name, value }) => ({ name, value }));

describe('HPACK encoder', () => {
  it('is understood by the decoder over many blocks and changes of the table size', () => {
    const step = fc.oneof(
      fc.record({ fields: fc.array(field, { maxLength: 8 }) }),
      fc.record({ limit: fc.constantFrom(0, 64, 200, 4096, 100_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const encoder = new HpackEncoder();
        const decoder = new HpackDecoder(4096, 1 << 20);
        for (const step of steps) {
          if ('limit' in step) encoder.setTableLimit(step.limit);
          else expect(decode(decoder, encoder.encode(step.fields))).toEqual(plain(step.fields));
        }
      }),
    );
  });

  it('sends what repeats as one byte each', () => {
    const encoder = new HpackEncoder();
    const fields = [
      { name: ':path', value: '/etcdserverpb.KV/Put', index: true },
      { name: 'content-type', value: 'application/grpc', index: true },
    ];
    encoder.encode(fields);
    expect(encoder.encode(fields)).toHaveLength(2);
  });

  it('never indexes what is not to be indexed', () => {
    const encoder = new HpackEncoder();
    const { version } = encoder;
    encoder.encode([{ name: 'token', value: 'secret', index: false }]);
    expect(encoder.version).toBe(version);
  });
});

describe('prepared block', () => {
  const fields = [{ name: ':path', value: '/a.B/C', index: true }];

  it('is encoded again whenever the table or its size has changed', () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder(4096, 65_536);
    const block = new PreparedBlock(fields);
    const changes = [
      () => undefined,
      () => undefined,
      () => void decode(decoder, encoder.encode([{ name: 'x', value: 'y', index: true }])),
      () => encoder.setTableLimit(0),
      () => undefined,
      () => encoder.setTableLimit(4096),
      () => undefined,
      () => undefined,
    ];
    for (const change of changes) {
      change();
      expect(decode(decoder, block.encoded(encoder))).toEqual(plain(fields));
    }
  });

  it('is kept while nothing changes', () => {
    const encoder = new HpackEncoder();
    const block = new PreparedBlock(fields);
    block.encoded(encoder);
    expect(block.encoded(encoder)).toBe(block.encoded(encoder));
  });
});

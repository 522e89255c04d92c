import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteStringFrom } from '../../../src/base/bytes.ts';
import { EOS, HUFFMAN_CODES, HUFFMAN_LENGTHS } from '../../../src/wire/hpack/huffman-code.ts';
import { huffmanDecode, huffmanEncode, huffmanLength } from '../../../src/wire/hpack/huffman.ts';

function decode(bytes: Uint8Array): string | undefined {
  const into = Buffer.alloc(bytes.length * 2);
  const length = huffmanDecode(bytes, 0, bytes.length, into);
  return length < 0 ? undefined : into.toString('latin1', 0, length);
}

function encode(text: string): Buffer {
  const into = Buffer.alloc(huffmanLength(text));
  expect(huffmanEncode(text, into, 0)).toBe(into.length);
  return into;
}

describe('Huffman code', () => {
  it('is complete, and its last code is EOS', () => {
    const kraft = HUFFMAN_LENGTHS.reduce((sum, length) => sum + 2 ** -length, 0);
    expect(kraft).toBe(1);
    expect(HUFFMAN_CODES[EOS]).toBe(0x3fffffff);
  });

  // RFC 7541 appendix C.4 and C.6.
  it.each([
    ['www.example.com', 'f1e3c2e5f23a6ba0ab90f4ff'],
    ['no-cache', 'a8eb10649cbf'],
    ['custom-key', '25a849e95ba97d7f'],
    ['302', '6402'],
    ['Mon, 21 Oct 2013 20:13:21 GMT', 'd07abe941054d444a8200595040b8166e082a62d1bff'],
    ['https://www.example.com', '9d29ad171863c78f0b97c8e9ae82ae43d3'],
  ])('encodes and decodes %j as the RFC does', (text, hex) => {
    expect(encode(text).toString('hex')).toBe(hex);
    expect(decode(Buffer.from(hex, 'hex'))).toBe(text);
  });

  it('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = byteStringFrom(bytes);
        expect(decode(encode(text))).toBe(text);
      }),
    );
  });

  it('refuses EOS, padding that is not ones, and more than seven bits of it', () => {
    expect(decode(Buffer.from('3fffffff', 'hex'))).toBeUndefined();
    expect(decode(Buffer.from('ffffffff', 'hex'))).toBeUndefined();
    // 'a' is 00011; the rest must be ones.
    expect(decode(Buffer.from([0b00011111]))).toBe('a');
    expect(decode(Buffer.from([0b00011110]))).toBeUndefined();
    expect(decode(Buffer.from([0b00011111, 0xff]))).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpackDecoder } from '../../../src/wire/hpack/decoder.ts';
import { ConnectionError } from '../../../src/wire/http2/constants.ts';

function decode(decoder: HpackDecoder, hex: string): string[] {
  const block = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const fields: string[] = [];
  decoder.decode(block, 0, block.length, (name, value) => fields.push(`${name}: ${value}`));
  return fields;
}

const broken = (hex: string): (() => void) => {
  return () => decode(new HpackDecoder(4096, 65_536), hex);
};

describe('HPACK decoder', () => {
  it('follows RFC 7541 appendix C.3: requests that share a table', () => {
    const decoder = new HpackDecoder(4096, 65_536);
    expect(decode(decoder, '828684410f7777772e6578616d706c652e636f6d')).toEqual([
      ':method: GET',
      ':scheme: http',
      ':path: /',
      ':authority: www.example.com',
    ]);
    expect(decode(decoder, '828684be58086e6f2d6361636865')).toContain('cache-control: no-cache');
    expect(decode(decoder, '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565')).toEqual([
      ':method: GET',
      ':scheme: https',
      ':path: /index.html',
      ':authority: www.example.com',
      'custom-key: custom-value',
    ]);
    expect(decoder.table.sizeBytes).toBe(164);
  });

  it('follows RFC 7541 appendix C.5: a table of 256 bytes that evicts', () => {
    const decoder = new HpackDecoder(256, 65_536);
    decode(
      decoder,
      '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
    );
    expect(decoder.table.sizeBytes).toBe(222);
    expect(decode(decoder, '4803333037c1c0bf')).toEqual([
      ':status: 307',
      'cache-control: private',
      'date: Mon, 21 Oct 2013 20:13:21 GMT',
      'location: https://www.example.com',
    ]);
    expect(decoder.table.sizeBytes).toBe(222);
  });

  it.each([
    ['index 0', '80'],
    ['an index beyond the table', 'be'],
    ['a name index beyond the table', '7f0000'],
    ['an integer without end', 'ffffffffffffffff7f'],
    ['an integer cut short', 'ff'],
    ['a string longer than its block', '000a6162'],
    ['a block that ends before the value', '000161'],
    ['invalid Huffman code', '0081ff0161'],
    ['a size update above the limit', '3fe21f'],
    ['a size update behind a field', '8220'],
  ])('ends the connection on %s', (_what, hex) => {
    expect(broken(hex)).toThrow(ConnectionError);
  });

  it('changes its version exactly when an index may have changed its meaning', () => {
    const decoder = new HpackDecoder(4096, 65_536);
    const { version } = decoder;
    decode(decoder, '8286840001610162');
    expect(decoder.version).toBe(version);
    decode(decoder, '400161 0162');
    expect(decoder.version).not.toBe(version);
  });

  it('notes names and values that HTTP/2 forbids, and goes on', () => {
    for (const hex of ['0001410162', '00000162', '000161020d0a', '0001610220 61', '00023a3a0161']) {
      const decoder = new HpackDecoder(4096, 65_536);
      decode(decoder, `${hex}82`);
      expect(decoder.malformed, hex).toBe(true);
    }
    const decoder = new HpackDecoder(4096, 65_536);
    decode(decoder, '00016103622063');
    expect(decoder.malformed).toBe(false);
  });

  it('stops delivering a list above the limit but keeps the table right', () => {
    const decoder = new HpackDecoder(4096, 100);
    // Two fields of 34 bytes fit, the third does not, and is indexed all the same.
    expect(decode(decoder, '400161016240016301644001650166')).toEqual(['a: b', 'c: d']);
    expect(decoder.tooLarge).toBe(true);
    expect(decode(decoder, 'be')).toEqual(['e: f']);
    expect(decoder.tooLarge).toBe(false);
  });

  it('HPACK bomb: a thousand references to one large field cost neither memory nor the connection', () => {
    const decoder = new HpackDecoder(4096, 65_536);
    const large = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0x81, 0x1d]), Buffer.alloc(3840, 0x62)]);
    decode(decoder, large.toString('hex'));
    let bytes = 0;
    const bomb = Buffer.alloc(1000, 0xbe);
    decoder.decode(bomb, 0, bomb.length, (name, value) => (bytes += name.length + value.length));
    expect(decoder.tooLarge).toBe(true);
    expect(bytes).toBeLessThanOrEqual(65_536);
  });

  it('survives any bytes: fields, or the end of the connection', { timeout: 600_000 }, () => {
    const runs = Number(process.env['ETCDMARK_FUZZ_RUNS'] ?? 5000);
    const decoder = new HpackDecoder(4096, 65_536);
    let decoded = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decoder.decode(Buffer.from(bytes), 0, bytes.length, () => decoded++);
        } catch (error) {
          if (!(error instanceof ConnectionError)) throw error;
        }
        return decoder.table.sizeBytes <= 4096;
      }),
      { numRuns: runs },
    );
    expect(decoded).toBeGreaterThan(0);
  });
});

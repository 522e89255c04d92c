import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mask } from './mask.ts';

const FORMS = [
  (hash: string) => `127.0.0.1:2379, ${hash}\n`,
  (hash: string) => `| 127.0.0.1:2379 | ${hash.padStart(10)} |\n`,
  (hash: string) => `[{"HashKV":{"hash":${hash},"compact_revision":-1}}]\n`,
];

describe('mask', () => {
  it.each(FORMS)('hides a hash of any length (%#)', (form) => {
    const masked = mask(form('1234567890'));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), fc.nat(0xffffffff), (digits, hash) => {
        expect(mask(form(String(hash % 10 ** digits)))).toBe(masked);
      }),
    );
  });

  it('hides an id, were it of decimal digits or shorter', () => {
    const line = (id: string) => `${id}, started, one, http://127.0.0.1:2380, http://127.0.0.1:2379, false\n`;
    for (const id of ['8e9e05c52164694d', '1234567890123456', '5c52164694d']) {
      expect(mask(line(id))).toBe(mask(line('ffffffffffffffff')));
    }
  });

  it('shows what is not the clusters’ own', () => {
    expect(mask('127.0.0.1:2379 is healthy\n')).not.toBe(mask('127.0.0.1:2379 is unhealthy\n'));
    expect(mask('[{"HashKV":{"hash":1,"compact_revision":-1}}]')).not.toBe(
      mask('[{"HashKV":{"hash":1,"compact_revision":7}}]'),
    );
    expect(mask('lease 694d7a5f2b3c4d5e granted')).not.toBe(mask('lease 694d7a5f2b3c4d5e revoked'));
  });
});

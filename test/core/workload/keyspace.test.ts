import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteStringOf } from '../../../src/base/bytes.ts';
import { keyspaceOf } from '../../../src/core/workload/index.ts';
import { PODS, constant, profileOf } from './profiles.ts';

const source = { name: 's', model: 'mixed', object: 'pod', reads: 0, arrivals: constant('1/s') };
const objects = fc.integer({ min: 0, max: 4_294_967_295 });

describe('keys', () => {
  it.each([
    ['in namespaces', 3, undefined],
    ['without', 0, undefined],
    ['padded', 0, 256],
    ['padded to less than they take', 0, 1],
  ])(
    '%s: as bytes what they are as text, one after the other, and their objects found again',
    (_, namespaces, keyBytes) => {
      const profile = profileOf({
        objects: { pod: { ...PODS, namespaces } },
        sources: [{ ...source, ...(keyBytes === undefined ? {} : { keyBytes }) }],
      });
      const space = keyspaceOf(profile, '/p/registry', 1).of('pod', keyBytes);
      const key = space.newKey();
      fc.assert(
        fc.property(objects, (object) => {
          key.of(object);
          const text = space.keyOf(object);
          expect(key.length).toBe(text.length);
          expect(byteStringOf(key)).toBe(text);
          expect(space.objectOf(text)).toBe(object);
        }),
      );
    },
  );
});

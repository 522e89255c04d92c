import fc from 'fast-check';
import { it } from 'vitest';
import { storeProperty } from './store-program.ts';
import { SOURCE } from './subject.ts';

it('Store answers as the model does', () => {
  fc.assert(storeProperty(SOURCE), { numRuns: 300 });
});

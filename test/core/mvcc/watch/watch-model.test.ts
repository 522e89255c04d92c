import fc from 'fast-check';
import { it } from 'vitest';
import { SOURCE } from '../subject.ts';
import { watchProperty } from './watch-program.ts';

it('WatchHub tells every watcher all it wants, in order, once, whatever the others do', () => {
  fc.assert(watchProperty(SOURCE), { numRuns: 250 });
});

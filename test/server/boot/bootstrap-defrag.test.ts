import { expect, it } from 'vitest';
import type { DefragmentOutcome } from '../../../src/base/backend.ts';
import { bootstrapDefrag } from '../../../src/server/boot/bootstrap-defrag.ts';
import { jsonLogger } from '../../../src/server/log.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const DONE = { error: undefined, sizeBeforeBytes: 1000, sizeAfterBytes: 400, pauseMs: 1 };

/** A start on a file of 1000 bytes, 400 of them in use: how often it is rewritten, and what the log says. */
async function start(thresholdBytes: number, outcome: DefragmentOutcome = DONE) {
  const said: unknown[] = [];
  let rewrites = 0;
  const backend = {
    sizeBytes: 1000,
    sizeInUseBytes: 400,
    defragment: (done: (outcome: DefragmentOutcome) => void): void => {
      rewrites++;
      done(outcome);
    },
  };
  const write = (line: string): void => void said.push((JSON.parse(line) as { msg: string }).msg);
  await bootstrapDefrag(
    backend,
    thresholdBytes,
    jsonLogger({ level: 'info', room: '', clock: new ManualClock(), write }),
  );
  return { rewrites, said };
}

it('rewrites the file where as much is free, and says so either way', async () => {
  expect(await start(601)).toEqual({ rewrites: 0, said: ['Skipping defragmentation'] });
  expect(await start(600)).toEqual({ rewrites: 1, said: ['finished defragmentation'] });
  expect(await start(0)).toEqual({ rewrites: 0, said: [] });
});

it('ends the start where the file cannot be rewritten', async () => {
  await expect(start(1, { error: new Error('no room') })).rejects.toThrow('no room');
});

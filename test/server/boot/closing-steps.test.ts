import { expect, it } from 'vitest';
import { ClosingSteps } from '../../../src/server/boot/closing-steps.ts';

it('closes what was opened last first, each after the one before has ended', async () => {
  const closing = new ClosingSteps();
  const events: string[] = [];
  let endSecond: () => void = () => undefined;
  closing.add('first', () => void events.push('first'));
  closing.add('second', () => new Promise((resolve) => (endSecond = resolve)));
  closing.add('third', () => void events.push('third'));
  const closed = closing.close();
  await Promise.resolve();
  await Promise.resolve();
  expect([events, closing.underWay]).toEqual([['third'], 'second']);
  endSecond();
  await closed;
  expect([events, closing.underWay, closing.count]).toEqual([['third', 'first'], undefined, 0]);
});

it('keeps the first ones where that is asked for', async () => {
  const closing = new ClosingSteps();
  const events: string[] = [];
  for (const name of ['a', 'b', 'c']) closing.add(name, () => void events.push(name));
  await closing.close(1);
  expect(events).toEqual(['c', 'b']);
  await closing.close();
  expect(events).toEqual(['c', 'b', 'a']);
});

it('names the step that failed, and leaves the rest', async () => {
  const closing = new ClosingSteps();
  closing.add('lock', () => undefined);
  closing.add('log', () => Promise.reject(new Error('no such file')));
  await expect(closing.close()).rejects.toThrow('no such file');
  expect([closing.underWay, closing.count]).toEqual(['log', 1]);
});

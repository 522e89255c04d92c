import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { isStopped, runQueueSeconds } from '../../src/platform/process-waits.ts';

it('tells a stopped process from one that goes on, and how long it waited in line', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  try {
    const pid = child.pid!;
    expect(isStopped(pid)).toBe(false);
    child.kill('SIGSTOP');
    await expect.poll(() => isStopped(pid)).toBe(true);
    child.kill('SIGCONT');
    await expect.poll(() => isStopped(pid)).toBe(false);
    const main = runQueueSeconds(pid, 'main thread')!;
    expect(main).toBeGreaterThanOrEqual(0);
    expect(runQueueSeconds(pid, 'all threads')).toBeGreaterThanOrEqual(main);
  } finally {
    child.kill('SIGKILL');
  }
});

it('says nothing of a process that is not there', () => {
  expect(isStopped(2 ** 22 + 1)).toBe(false);
  expect(runQueueSeconds(2 ** 22 + 1, 'all threads')).toBeUndefined();
  expect(runQueueSeconds(2 ** 22 + 1, 'main thread')).toBeUndefined();
});

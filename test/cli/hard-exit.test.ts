import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { compiledEntry } from '../../src/platform/entry.ts';

/** Code and signal with which a process ends that does this. */
async function endOf(body: string): Promise<unknown[]> {
  const source = `import { hardExit } from '${compiledEntry('cli/hard-exit.js').href}';\n${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const end: unknown[] = await once(child, 'exit');
  child.stdin.end();
  return end;
}

it('ends with its code, whatever is open', async () => {
  expect(await endOf('setInterval(() => undefined, 1000); hardExit(7);')).toEqual([7, null]);
});

it('ends where a thread is stuck in a system call', async () => {
  // It waits for a program that reads what never comes, until this test lets it go.
  const stuck = `
    import { Worker } from 'node:worker_threads';
    const code = \`
      import { execSync } from 'node:child_process';
      import { parentPort } from 'node:worker_threads';
      parentPort.postMessage(0);
      execSync('cat', { stdio: 'inherit' });\`;
    new Worker(code, { eval: true }).once('message', () => setTimeout(() => hardExit(7), 100));`;
  expect(await endOf(stuck)).toEqual([null, 'SIGKILL']);
});

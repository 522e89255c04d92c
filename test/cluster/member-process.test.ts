import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MemberProcess } from '../../src/cluster/member-process.ts';

/** A member that is a shell script; it has come to its end of the script once it has said `up`. */
async function started(script: string, terminateMs: number): Promise<MemberProcess> {
  const member = new MemberProcess({
    name: 'm1',
    file: '/bin/sh',
    args: ['-c', `${script}; echo up; while :; do sleep 0.05; done`],
    clientUrl: 'http://127.0.0.1:1',
    dataDir: '/nowhere',
    terminateMs,
  });
  member.start();
  await expect.poll(() => member.lastWords(), { timeout: 20_000 }).toMatch(/up/);
  return member;
}

it('ends by SIGTERM, in its own way', async () => {
  const member = await started(`trap 'exit 3' TERM`, 60_000);
  await member.terminate();
  expect([member.pid, member.failure]).toEqual([undefined, undefined]);
});

it('is killed where it does not end by SIGTERM', async () => {
  const member = await started(`trap '' TERM`, 100);
  const pid = member.pid!;
  await member.terminate();
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(member.failure).toBeUndefined();
});

it('sees SIGTERM while it is stopped, too', async () => {
  const member = await started(`trap 'exit 3' TERM`, 60_000);
  member.signal('SIGSTOP');
  await member.terminate();
  expect(member.pid).toBeUndefined();
});

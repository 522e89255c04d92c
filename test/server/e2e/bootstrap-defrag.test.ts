/** A member that gives free pages back when it starts. */
import { statSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ready, Workbench } from '../../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../../support/peers.ts';

describeWithPeers(['etcdctl'], '--bootstrap-defrag-threshold-megabytes', () => {
  let bench: Workbench;
  beforeAll(() => (bench = new Workbench()));
  afterAll(() => bench.close());

  it('rewrites a file with as much free, and keeps what is in it', async () => {
    const member = await bench.member({ flags: ['--bootstrap-defrag-threshold-megabytes=2'] });
    const ctl = async (...args: string[]): Promise<string> => (await bench.ctl([member], args)).stdout;
    const stdin = 'x'.repeat(1_000_000);
    for (let i = 0; i < 4; i++) {
      expect((await bench.ctl([member], ['put', `large/${i}`], { stdin })).stdout).toBe('OK\n');
    }
    expect(await ctl('put', 'kept', 'as it was')).toBe('OK\n');
    expect(await ctl('del', '--prefix', 'large/')).toBe('4\n');
    expect(await ctl('compact', '--physical', '7')).toBe('compacted revision 7\n');
    await restart();
    expect(member.process.lines.map(({ msg }) => msg)).toContain('finished defragmentation');
    expect(fileBytes()).toBeLessThan(1_000_000);
    expect(await ctl('get', 'kept', '--print-value-only')).toBe('as it was\n');

    await restart();
    expect(member.process.lines.map(({ msg }) => msg)).toContain('Skipping defragmentation');

    async function restart(): Promise<void> {
      await member.process.terminate();
      member.process.start();
      await ready(member);
    }

    function fileBytes(): number {
      const directory = join(member.dataDir, 'member', 'snap', 'db');
      return Math.max(
        ...readdirSync(directory)
          .filter((name) => name.endsWith('.mdb'))
          .map((name) => statSync(join(directory, name)).size),
      );
    }
  });
});

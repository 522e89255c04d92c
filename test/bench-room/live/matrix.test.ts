/** One cell of test/bench/matrix.mjs: the same profile and seed at three bundled members and at one real etcd. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { describeWithPeers } from '../../support/peers.ts';

const MATRIX = fileURLToPath(new URL('../../bench/matrix.mjs', import.meta.url));

describeWithPeers(['etcd'], 'one profile at two targets', () => {
  it('sends the same requests and leaves the same keys, and nothing is wrong', async () => {
    const args = [MATRIX, '2', '0.5', 'ci-200-jobs', 'bundled:3,etcd:1'];
    const { stdout, exitCode } = await execa(process.execPath, args, { reject: false });
    const [, bundled, etcd, verdict] = stdout.split('\n');
    // Profile, target, applied, conflicts, errors, keys, p50, p99, wrong, against the first.
    expect(bundled).toMatch(/^ci-200-jobs +bundled x3 +\d{2,} +\d+ +0 +\d{2,} .* 0 {2}same$/);
    expect(etcd).toMatch(/^ci-200-jobs +etcd x1 +\d{2,} +\d+ +0 +\d{2,} .* 0 {2}same$/);
    expect(verdict).toBe('every cell the same');
    expect(exitCode).toBe(0);
  });
});

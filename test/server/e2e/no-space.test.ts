/** A full database from end to end: alarm, what is refused and what is not, compact, defrag, disarm, and writes again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectControl } from '../../../src/client/control/index.ts';
import { until } from '../../cluster-e2e/support/until.ts';
import { Workbench } from '../../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../../support/peers.ts';

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

const VALUE = 'v'.repeat(64 << 10);
const NO_SPACE = 'etcdserver: mvcc: database space exceeded';

describeWithPeers(['etcdctl'], 'a member whose database is full', () => {
  it('comes back by the sequence of the runbooks', async () => {
    const member = await bench.member({ flags: ['--quota-backend-bytes=4194304'] });
    const ctl = (...args: string[]) => bench.ctl([member], args);
    const client = connectControl({ endpoints: [member.endpoint], timeoutMs: 20_000 });
    const { id: lease } = await client.leaseGrant({ ttl: 600 });
    // The same few keys again and again: all but the last values can be compacted away.
    const refused = await until('a write is refused', async () => {
      for (let i = 0; ; i++) {
        const result = await client.put({ key: `fill/${i % 4}`, value: Buffer.from(VALUE) }).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (result !== undefined) return result;
      }
    });
    expect(refused).toMatchObject({ message: NO_SPACE, code: 8 });
    const { stdout: alarms } = await until('the alarm is raised', async () => {
      const result = await ctl('alarm', 'list');
      return result.stdout !== '' && result;
    });
    expect(alarms).toMatch(/^memberID:\d+ alarm:NOSPACE ?\n$/);

    // Refused: what would grow it. Allowed: reads, deletions, transactions that only delete, leases that end.
    expect((await ctl('put', 'small', 'value')).stderr).toContain(`Error: ${NO_SPACE}`);
    expect((await ctl('txn')).stderr).not.toContain(NO_SPACE);
    expect((await ctl('lease', 'grant', '60')).stderr).toContain(NO_SPACE);
    expect((await ctl('get', 'fill/1', '--print-value-only')).stdout).toBe(`${VALUE}\n`);
    expect((await ctl('del', 'fill/0')).stdout).toBe('1\n');
    expect((await ctl('lease', 'revoke', lease.toString(16))).code).toBe(0);
    const health = await fetch(`${member.clientUrl}/health`);
    expect({ status: health.status, body: await health.json() }).toEqual({
      status: 503,
      body: { health: 'false', reason: 'ALARM NOSPACE' },
    });
    expect((await fetch(`${member.clientUrl}/health?exclude=NOSPACE`)).status).toBe(200);
    const { stdout: table } = await ctl('endpoint', 'status', '-w', 'table');
    expect(table).toContain('alarm:NOSPACE');

    // Without room made, disarming helps only until the next write.
    const { stdout: status } = await ctl('endpoint', 'status', '-w', 'json');
    const [before] = JSON.parse(status) as [{ Status: { dbSize: number; header: { revision: number } } }];
    expect((await ctl('compact', String(before.Status.header.revision))).stdout).toMatch(/^compacted revision \d+\n$/);
    expect((await ctl('defrag')).stdout).toMatch(/^Finished defragmenting etcd member\[127\.0\.0\.1:\d+\]/);
    const after = JSON.parse((await ctl('endpoint', 'status', '-w', 'json')).stdout) as [
      { Status: { dbSize: number } },
    ];
    expect(after[0].Status.dbSize).toBeLessThan(before.Status.dbSize / 2);
    expect((await ctl('put', 'small', 'value')).stderr).toContain(NO_SPACE);
    expect((await ctl('alarm', 'disarm')).stdout).toMatch(/^memberID:\d+ alarm:NOSPACE ?\n$/);
    expect((await ctl('alarm', 'list')).stdout).toBe('');
    expect((await ctl('put', 'small', 'value')).stdout).toBe('OK\n');
    expect((await fetch(`${member.clientUrl}/health`)).status).toBe(200);
    client.close();
  });
});

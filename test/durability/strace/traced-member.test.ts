/** A member under strace: every answered write follows an fdatasync of the log that began after its record was written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectControl } from '../../../src/client/control/index.ts';
import { until } from '../../cluster-e2e/support/until.ts';
import { Workbench } from '../../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../../support/peers.ts';
import { checkDurability } from './check-durability.ts';
import { parseTrace } from './parse-trace.ts';

const CALLS = 'read,readv,recvfrom,recvmsg,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fdatasync,fsync';
/** A lone client's writes, which are synced one by one on the main thread where the disk is fast … */
const SEQUENTIAL = 40;
/** … and those of many, which share syncs on the log's own thread. */
const CLIENTS = 16;
const EACH = 10;

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

describeWithPeers(['strace'], 'a member under strace', () => {
  it('answers no write before its record is synced, and the check can fail', async () => {
    const path = join(bench.root, 'trace');
    // -D: the member, not the tracer, is our child and gets our signals.
    const wrapper = ['strace', '-D', '-f', '-y', '-xx', '-s', '65536', '-e', `trace=${CALLS}`, '-o', path];
    const member = await bench.member({ wrapper });
    const markers: string[] = [];
    const client = connectControl({ endpoints: [member.endpoint], timeoutMs: 60_000 });
    const put = async (marker: string): Promise<void> => {
      markers.push(marker);
      await client.put({ key: 'traced', value: Buffer.from(marker) });
    };
    for (let i = 0; i < SEQUENTIAL; i++) await put(`<sequential-${i}>`);
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (let i = 0; i < EACH; i++) await put(`<client-${client}-${i}>`);
      }),
    );
    client.close();
    const { pid } = member.process;
    await member.process.terminate();
    const trace = await until('the tracer has written the end', () => {
      const text = readFileSync(path, 'utf8');
      return new RegExp(`^${pid} +\\+\\+\\+ exited`, 'm').test(text) && text;
    });

    const report = checkDurability(parseTrace(trace), markers);
    expect(report.violations).toEqual([]);
    expect(report.answered).toBe(markers.length);

    const withoutSyncs = trace.replace(/^.*\b(fdatasync|fsync)\b.*$/gm, '');
    expect(checkDurability(parseTrace(withoutSyncs), markers).violations).toHaveLength(markers.length);
  });
});

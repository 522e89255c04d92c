import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { OperationError } from '../../src/base/errors.ts';
import { freePorts, type PortRange } from '../../src/cluster/ports.ts';
import { compiledEntry } from '../../src/platform/entry.ts';

/** Few enough that each draw meets what was drawn before; this process's own, below what others draw from. */
const from: PortRange = { first: 10_000 + 8 * (process.pid % 600), last: 10_007 + 8 * (process.pid % 600) };

/** What another process is given of the same range, or its last line of complaint. */
function elsewhere(count: number): number[] | string {
  const script = `
    import { freePorts } from ${JSON.stringify(compiledEntry('cluster/ports.js').href)};
    const ports = await freePorts(${count}, ${JSON.stringify(from)}).catch((error) => error.message);
    process.stdout.write(JSON.stringify(ports));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })) as
    number[] | string;
}

it('gives no port twice, in this process or in another one, and none that a server listens on', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(from.first, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const given = [...(await freePorts(3, from)), ...(await freePorts(2, from)), ...elsewhere(2)];
  expect(given.sort()).toEqual([1, 2, 3, 4, 5, 6, 7].map((i) => from.first + i));
  // What the other process had is free again, now that it has ended.
  expect(await freePorts(2, from)).toHaveLength(2);
  await expect(freePorts(1, from)).rejects.toThrow(OperationError);
  expect(elsewhere(1)).toBe(`no free port between ${from.first} and ${from.last} in 200 draws`);
});

/** A full volume and a damaged backend: the member ends with a line that names the remedy, and nothing is lost. */
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectControl } from '../../../src/client/control/index.ts';
import { ready, Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';
import { mountRefusal, SmallVolume } from '../../support/small-volume.ts';

const VALUE = Buffer.alloc(65_536, 'v');
const REMEDY = /no space left on (the )?device.*make room on that volume and start the member again/i;

let bench: Workbench;
beforeEach(() => void (bench = new Workbench()));
afterEach(() => bench.close());

/** Puts one key after the other until one is refused or nobody answers; returns those acknowledged. */
async function fill({ endpoint }: BenchMember, most: number): Promise<string[]> {
  const client = connectControl({ endpoints: [endpoint], timeoutMs: 20_000 });
  const acknowledged: string[] = [];
  try {
    while (acknowledged.length < most) {
      const key = `key-${acknowledged.length}`;
      await client.put({ key, value: VALUE });
      acknowledged.push(key);
    }
  } catch {
    // As it should be: the volume is full.
  } finally {
    client.close();
  }
  return acknowledged;
}

async function keysOf({ endpoint }: BenchMember): Promise<Map<string, number>> {
  const client = connectControl({ endpoints: [endpoint], timeoutMs: 20_000 });
  try {
    const { kvs } = await client.range({ key: 'key-', rangeEnd: 'key.' });
    return new Map(kvs.map(({ key, value }) => [key, value.length]));
  } finally {
    client.close();
  }
}

const refusal = mountRefusal();

describe.skipIf(refusal !== undefined)(`a full volume${refusal === undefined ? '' : ` (${refusal})`}`, () => {
  let volume: SmallVolume | undefined;
  afterEach(() => volume?.close());

  // The first segment of the log takes 64 MB. What is left is for the backend; a log alone has room for no second one.
  it.each([
    ['backend', 68, (path: string) => ({ dataDir: join(path, 'data') })],
    ['log', 66, (path: string) => ({ flags: [`--wal-dir=${join(path, 'wal')}`] })],
  ] as const)(
    'under the %s ends the member, which goes on with all it acknowledged once there is room',
    async (_what, megabytes, options) => {
      volume = new SmallVolume(join(bench.root, 'volume'), megabytes);
      const member = await bench.member(options(volume.path));
      const acknowledged = await fill(member, 1500);
      expect(acknowledged.length).toBeGreaterThan(5);
      expect((await member.process.ended()).code).toBe(1);
      expect(member.process.log.trim().split('\n').at(-1)).toMatch(REMEDY);
      volume.resize(400);
      member.process.start();
      await ready(member);
      const keys = await keysOf(member);
      expect(acknowledged.filter((key) => keys.get(key) !== VALUE.length)).toEqual([]);
      expect(await fill(member, 1)).toHaveLength(1);
    },
  );
});

describe('a damaged backend file', () => {
  it('is refused by its name, with what to do, and left as it is', async () => {
    const member = await bench.member();
    expect(await fill(member, 40)).toHaveLength(40);
    await member.process.terminate();
    const folder = join(member.dataDir, 'member', 'snap', 'db');
    const name = readdirSync(folder).find((each) => each.endsWith('.mdb'))!;
    const path = join(folder, name);
    const bytes = statSync(path).size;
    const file = openSync(path, 'r+');
    for (let at = 20_000; at < bytes; at += 50_000) writeSync(file, Buffer.from('rotten'), 0, 6, at);
    closeSync(file);
    member.process.start();
    expect((await member.process.ended()).code).toBe(1);
    expect(member.process.log).toMatch(
      /backend file .*is damaged: .*; move the member’s data directory away and let the member join again, or restore a snapshot/,
    );
    expect(statSync(path).size).toBe(bytes);
  });
});

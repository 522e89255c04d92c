/**
 * Go's own client library against the bundled server: the program in test/go-client does real work and checks its answers.
 * It runs against the real etcd too, which proves the program.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, type TestContext } from 'vitest';
import { ready, Workbench, type BenchMember } from '../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../support/peers.ts';

const SOURCE = join(import.meta.dirname, '..', 'go-client');
const BUILD_MS = 600_000;
const RUN_MS = 300_000;

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

describeWithPeers(['go', 'etcd'], 'the Go client library', () => {
  let bench: Workbench;
  const directory = mkdtempSync(join(tmpdir(), 'etcdmark-go-'));
  const program = join(directory, 'go-client');
  /** Why the modules are not here, where the proxy cannot be reached: that says nothing about this program or server. */
  let unreachable: string | undefined;

  beforeAll(async () => {
    const fetched = await go(['mod', 'download']);
    if (fetched.code !== 0) {
      // What arrives but is not what go.sum says is a failure, not a missing network.
      if (/checksum mismatch|SECURITY ERROR|missing go\.sum/.test(fetched.output)) throw new Error(fetched.output);
      unreachable = `go mod download: ${fetched.output.trim().split('\n').at(-1)}`;
      return;
    }
    const built = await go(['build', '-o', program, '.'], { GOPROXY: 'off' });
    if (built.code !== 0) throw new Error(built.output);
  }, BUILD_MS);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  beforeEach(() => {
    bench = new Workbench();
  });
  afterEach(() => bench.close());

  const groups = ['kv', 'txn', 'watch', 'lease', 'concurrency', 'wrappers', 'kubernetes', 'cluster'];
  const allRight = (outcome: Outcome): void => {
    expect(outcome, outcome.output).toMatchObject({ code: 0 });
    expect(outcome.output.match(/^\w+(?=: right)/gm)).toEqual(groups);
  };
  const runOn = (members: readonly BenchMember[], flags: readonly string[] = []): Promise<Outcome> =>
    runProgram(program, [`--endpoints=${members.map(({ clientUrl }) => clientUrl).join(',')}`, ...flags], members);
  const needModules = ({ skip }: TestContext): void => {
    if (unreachable !== undefined) skip(unreachable);
  };

  it('is right about the real etcd', { timeout: RUN_MS }, async (context) => {
    needModules(context);
    allRight(await runOn([await bench.member({ program: 'etcd' })]));
  });

  it('gets right answers from one bundled member', { timeout: RUN_MS }, async (context) => {
    needModules(context);
    allRight(await runOn([await bench.member()]));
  });

  it('gets right answers from three, and goes on while the leader is killed', { timeout: RUN_MS }, async (context) => {
    needModules(context);
    const members = await bench.cluster(3);
    allRight(await runOn(members));
    const outcome = await runOn(members, ['--failover']);
    expect(outcome, outcome.output).toMatchObject({ code: 0 });
    expect(outcome.output).toMatch(/^kill [\s\S]*^start [\s\S]*^failover: right/m);
  });

  function go(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    // The Go here, not one that it would fetch.
    const options = { cwd: SOURCE, env: { ...process.env, GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', ...env } };
    return new Promise((resolve) => {
      execFile('go', [...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
      });
    });
  }
});

/** Kills and starts members as the program asks for it, and answers with a line when that is done. */
function runProgram(program: string, args: readonly string[], members: readonly BenchMember[]): Promise<Outcome> {
  const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  createInterface(child.stdout).on('line', (line) => {
    output += `${line}\n`;
    const [what, endpoint] = line.split(' ');
    const member = members.find(({ clientUrl }) => clientUrl === endpoint);
    if (member === undefined) return;
    const done = what === 'kill' ? member.process.kill() : restart(member);
    done.then(
      () => child.stdin.write('done\n'),
      () => child.kill(),
    );
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

async function restart(member: BenchMember): Promise<void> {
  member.process.start();
  await ready(member);
}

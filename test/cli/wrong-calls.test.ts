/** Every wrong call gets one line that names what was wrong and what would be right, and the exit code that says which. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { profileText } from '../../src/bench/index.ts';
import { runCli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'etcdmark-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const storm = profileText('kubectl-apply-storm');

describe('a wrong call', () => {
  it.each<[string[], number, RegExp]>([
    [['porbe'], 2, /unknown command 'porbe': there are assess, probe, run/],
    [[], 2, /a command is missing/],
    [['probe', '--nope'], 2, /unknown flag --nope: see etcdmark probe --help/],
    [['probe', '/does/not/exist'], 2, /\/does\/not\/exist does not exist/],
    [['probe', '/etc/passwd'], 2, /\/etc\/passwd is not a directory/],
    [['probe', '/proc'], 1, /\/proc/],
    [['probe', '.', '--duration', '5'], 2, /--duration: '5' is no duration.*30s/],
    [['probe', '.', '--recipe', 'fast'], 2, /--recipe: 'fast' is none of wal,/],
    [['probe', '.', '--budget', 'ten'], 2, /budget 'ten' is not known: give etcd,/],
    [['probe', '.', '--neighbour', 'noise', '--recipe', 'together'], 2, /--neighbour: 'noise' is none of image-pull/],
    [['probe', '.', '--with-fio'], 2, /--with-fio goes with --recipe fio-2300/],
    [['probe', '.', '--neighbour', 'image-pull'], 2, /--neighbour goes with --recipe together/],
    [['probe', '.', '--rate', '5', '--recipe', 'ladder'], 2, /--rate: 'ladder' has rates of its own; use wal,/],
    [['probe', '--from-fio', '/nope', '--recipe', 'fast'], 2, /--recipe: 'fast' is none of wal,/],
    [['probe', '/mnt/a', '--from-fio', '/nope'], 2, /--from-fio judges what was measured: leave out \/mnt\/a/],
    [['probe', '--rate', '5', '--from-fio', '/nope'], 2, /--from-fio judges what was measured: leave out --rate/],
    [['run', 'event-flood', '--user', 'a:b'], 2, /--user is for --endpoints/],
    [['run', 'event-flood', '--cacert', 'ca.pem', '--etcd', 'etcd'], 2, /--cacert is for --endpoints/],
    [['probe', '--from-fio', '/nope'], 2, /--from-fio: .*\/nope/],
    [['run', 'event-flood', '--find-knee', '--slo', 'fast'], 2, /--slo "fast": write a percentile/],
    [['run', 'event-flood', '--disk-model', 'gp3', '--etcd', 'etcd'], 2, /--disk-model goes under the bundled cluster/],
    [['run'], 2, /an argument is missing: etcdmark run <profile>/],
    [['run', 'nope'], 2, /no profile "nope"; there are .*kubectl-apply-storm/],
    [
      ['run', 'event-flood', '--nodes', '5'],
      2,
      /--nodes: nothing in profile "event-flood" is per node.*of the shipped profiles steady-state can take it/,
    ],
    [['run', 'check-perf-s', '--dry-run', '--pods', '5'], 2, /--pods: nothing in profile "check-perf-s" is per pod/],
    [['run', 'event-flood', '--dry-run', '--prefix', '/x/'], 2, /--prefix: '\/x\/' is no prefix/],
    [
      ['run', 'leader-loss', '--dry-run', '--endpoints', '127.0.0.1:1'],
      2,
      /leader-loss does "kill-leader" to the members: that is only done to members started here/,
    ],
    [['assess', '--disk-model', 'floppy'], 2, /^etcdmark: disk model 'floppy' is not known/],
    [['run', 'event-flood', '--members', '0'], 2, /--members: 0 is not a whole number from 1 to 9/],
    [
      ['run', 'event-flood', '--etcd', 'x', '--endpoints', 'y:1'],
      2,
      /--etcd starts a cluster and --endpoints uses one/,
    ],
    [
      ['run', 'event-flood', '--endpoints', 'y:1', '--members', '3'],
      2,
      /--members is for members that are started here/,
    ],
    [['run', 'event-flood', '--rate-scale', '-1'], 2, /--rate-scale: -1 is not a number above 0/],
    [['run', 'event-flood', '--client', 'fat'], 2, /--client: 'fat' is none of lean, grpc-js/],
    [
      ['run', 'event-flood', '--endpoints', '127.0.0.1:1'],
      1,
      /127\.0\.0\.1:1: refuses connections: is etcd running there/,
    ],
    [
      ['run', 'event-flood', '--etcd', '/bin/nope', '--members', '1'],
      1,
      /: \/bin\/nope cannot be started: no such program/,
    ],
    [
      ['run', 'event-flood', '--etcd', '/etc/passwd', '--members', '1'],
      1,
      /: \/etc\/passwd cannot be started: not an executable file/,
    ],
    [['profiles', 'lst'], 2, /profiles: 'lst' is none of list, show, check, schema/],
    [['profiles', 'show'], 2, /profiles show needs a profile's name or file/],
    [['report', '/nope'], 2, /\/nope: does not exist/],
    [['advise', '/nope'], 2, /\/nope: does not exist/],
    [['cluster', '--members', '99'], 2, /--members: 99 is not a whole number from 1 to 9/],
    [['run', 'event-flood', '--duration', '-5s'], 2, /--duration: '-5s' is no duration/],
    [['run', 'event-flood', '--duration', '1s', '--duration', '2s'], 2, /--duration is given twice: give it once/],
    [['run', 'event-flood', '--members', '1', '--members=2'], 2, /--members is given twice: give it once/],
    [['run', 'event-flood', '--slo', 'p99<5ms'], 2, /--slo goes with --find-knee/],
    [['run', 'event-flood', '--prefix', ''], 2, /--prefix: '' is no prefix/],
    [['run', 'event-flood', '--prefix', '/bench/'], 2, /--prefix: '\/bench\/' is no prefix/],
    [
      ['probe', '--peer', '127.0.0.1:1', '.'],
      1,
      /peer 127\.0\.0\.1:1 cannot be reached: ECONNREFUSED: is a member running there\?/,
    ],
    [['probe', '.', '--seed', '-1'], 2, /--seed: -1 is not a whole number from 0/],
    [
      ['probe', '.', '--report', '/etc/passwd/disk.html'],
      1,
      /--report: cannot make the folder \/etc\/passwd: it is not a/,
    ],
    [['probe', '.', '--history', '/proc/no'], 1, /--history: cannot make the folder \/proc\/no: /],
    [['run', 'event-flood', '--members'], 2, /--members needs a value: see etcdmark run --help/],
    [['run', 'event-flood', '--etcd', '--members', '1'], 2, /--etcd needs a value/],
    [['run', 'event-flood', '--members', 'two'], 2, /--members: 'two' is no number/],
    [['assess', '--peer', 'nowhere'], 2, /peer 'nowhere' is not HOST:PORT/],
    [['run', 'event-flood', '--peer', '127.0.0.1:1'], 1, /peer 127\.0\.0\.1:1 cannot be reached: ECONNREFUSED/],
    [['run', 'event-flood', '--peer', 'a:1', '--peer-rtt-ms', '1'], 2, /--peer-rtt-ms and --peer: give one/],
    [['advise', '/nope', '--peer-rtt-ms=fast'], 2, /--peer-rtt-ms: 'fast' is no number/],
    [
      ['run', 'event-flood', '--data-root', '/nope'],
      2,
      /--data-root \/nope does not exist: give an existing directory/,
    ],
    [['run', 'event-flood', '--data-root', '/etc/passwd'], 2, /--data-root \/etc\/passwd is not a directory/],
    [['cluster', '--data-dir', '/nope'], 2, /--data-dir \/nope does not exist: give an existing directory/],
    [['cluster', '--data-dir', '/proc'], 1, /cannot make a data folder in \/proc/],
    // Refused before anything is measured: what was measured would have nowhere to go.
    [
      ['run', 'event-flood', '--output', '/etc/passwd'],
      1,
      /cannot store runs under \/etc\/passwd: it is not a directory/,
    ],
    [['run', 'event-flood', '--output', '/proc/no/runs'], 1, /cannot store runs under \/proc\/no\/runs: /],
    [['assess', '--output', '/etc/passwd/runs'], 1, /under \/etc\/passwd\/runs: a part of the path is not a directory/],
  ])('%j', async (argv, exitCode, message) => {
    const outcome = await runCli(argv);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stdout).toBe('');
    const said = outcome.stderr
      .trimEnd()
      .split('\n')
      .filter((line) => line.startsWith('etcdmark: '));
    expect(said).toHaveLength(1);
  });

  it('is no matter of being interrupted before anything was measured', async () => {
    const outcome = await runCli(['run', 'event-flood', '--members', '1', '--output', join(folder, 'runs')], {
      signal: AbortSignal.abort('SIGINT'),
    });
    expect(outcome.stderr).toMatch(/^etcdmark: cut short before anything was measured$/m);
    expect(outcome.exitCode).toBe(130);
  });

  it.each<[string, string, RegExp]>([
    ['unknown-key.yaml', 'kind: x\n', /unknown key "kind"; allowed: schemaVersion, name/],
    ['unknown-unit.yaml', storm.replace('200/s', '200/fortnight'), /unknown unit "\/fortnight".*\/s, \/min, \/h/],
    ['not.yaml', 'a: [', /is not YAML: .* at line 1, column 5\n$/],
    [
      'text.yaml',
      'some words',
      /text\.yaml: is no profile: a profile is a YAML mapping that begins with schemaVersion/,
    ],
    ['empty.yaml', '', /empty\.yaml: is no profile/],
  ])('a profile that is none: %s', async (name, text, message) => {
    const outcome = await runCli(['profiles', 'check', file(name, text)]);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.exitCode).toBe(2);
  });

  it.each<[string, string, number, RegExp]>([
    ['truncated.json', '{"schemaVersion":1,"kind":"run"', 1, /truncated/],
    ['newer.json', '{"schemaVersion":99,"kind":"run"}', 2, /version 99, newer than this etcdmark reads \(1\)/],
    ['other.json', '{"a":1}', 2, /not a run document/],
  ])('a Run that is none: %s', async (name, text, exitCode, message) => {
    const outcome = await runCli(['report', file(name, text)]);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.exitCode).toBe(exitCode);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { OperationError, UsageError } from '../../src/base/errors.ts';
import { loadRun, renderReport, writeRunDirectory } from '../../src/report/index.ts';
import { buildRun } from '../support/run-builder.ts';

const top = mkdtempSync(join(tmpdir(), 'etcdmark-runs-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

let root = '';
let count = 0;
beforeEach(() => {
  root = join(top, `root-${count++}`);
});

const run = buildRun({ durationS: 3 });
const NAME = '2026-03-14T09-26-53Z-kubectl-apply-storm';

describe('writeRunDirectory', () => {
  it('stores the Run with all its renderings', async () => {
    const paths = await writeRunDirectory(run, { root });
    expect(paths.directory).toBe(join(root, NAME));
    const files = ['junit.xml', 'latency.hlog', 'metrics.prom', 'report.html', 'run.json', 'summary.md'];
    expect(readdirSync(paths.directory).sort()).toEqual(files);
    expect(await loadRun(paths.directory)).toEqual(run);
    expect(await loadRun(paths.run)).toEqual(run);
  });

  it('is read back to the same page', async () => {
    const paths = await writeRunDirectory(run, { root });
    expect(await renderReport([await loadRun(paths.directory)])).toBe(readFileSync(paths.report, 'utf8'));
  });

  it('never writes into a directory that is there already', async () => {
    const first = await writeRunDirectory(run, { root });
    writeFileSync(first.summary, 'edited by hand');
    const second = await writeRunDirectory(run, { root });
    expect(second.directory).toBe(join(root, `${NAME}-2`));
    expect(readFileSync(first.summary, 'utf8')).toBe('edited by hand');
  });

  it('does not follow a link that was planted in its place', async () => {
    mkdirSync(join(root, 'elsewhere'), { recursive: true });
    symlinkSync(join(root, 'elsewhere'), join(root, NAME));
    symlinkSync(join(root, 'nowhere'), join(root, `${NAME}-2`));
    const paths = await writeRunDirectory(run, { root });
    expect(paths.directory).toBe(join(root, `${NAME}-3`));
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([]);
  });

  it('keeps a profile’s name within one path component', async () => {
    const odd = { ...run, profile: { ...run.profile, name: '../../etc/x y\0.yaml' } };
    const paths = await writeRunDirectory(odd, { root });
    expect(paths.directory).toBe(join(root, '2026-03-14T09-26-53Z-etc-x-y-.yaml'));
    const nameless = await writeRunDirectory({ ...run, profile: { name: '...' } }, { root });
    expect(nameless.directory).toBe(join(root, '2026-03-14T09-26-53Z-run'));
  });

  it('marks a run that was cut short in every rendering', async () => {
    const paths = await writeRunDirectory({ ...run, partial: true, verdict: 'inconclusive' }, { root });
    expect(readFileSync(paths.report, 'utf8')).toContain('cut short');
    expect(readFileSync(paths.summary, 'utf8')).toContain('cut short');
    expect(readFileSync(paths.junit, 'utf8')).toContain('cut short');
    expect(readFileSync(paths.metrics, 'utf8')).toContain('etcdmark_run_partial 1');
  });

  it('says where it could not write', async () => {
    writeFileSync(join(top, 'file'), '');
    const bad = join(top, 'file', 'below');
    await expect(writeRunDirectory(run, { root: bad })).rejects.toThrow(OperationError);
    await expect(writeRunDirectory(run, { root: bad })).rejects.toThrow(/cannot store the run under .*not a directory/);
  });
});

describe('loadRun', () => {
  it('names a path that does not exist', async () => {
    await expect(loadRun(join(root, 'none'))).rejects.toThrow(UsageError);
    await expect(loadRun(join(root, 'none'))).rejects.toThrow(/none: does not exist; give a run\.json/);
  });

  it('names the file that a directory lacks', async () => {
    mkdirSync(root, { recursive: true });
    await expect(loadRun(root)).rejects.toThrow(/run\.json: does not exist/);
  });

  it('names the runs that a folder of several holds', async () => {
    const { directory } = await writeRunDirectory(run, { root });
    await expect(loadRun(root)).rejects.toThrow(`holds no run.json, but runs below it: give one of ${directory}`);
  });

  it('names a Run that was cut off', async () => {
    const paths = await writeRunDirectory(run, { root });
    const cut = join(root, 'cut.json');
    writeFileSync(cut, readFileSync(paths.run, 'utf8').slice(0, 5000));
    await expect(loadRun(cut)).rejects.toThrow(/cut\.json: truncated/);
  });

  it('refuses a named pipe instead of waiting for it', async () => {
    mkdirSync(root, { recursive: true });
    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(loadRun(pipe)).rejects.toThrow(/not a file/);
  });
});

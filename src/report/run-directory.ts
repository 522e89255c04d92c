import { constants, existsSync } from 'node:fs';
import { access, mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationError, UsageError, errorCode, errorMessage } from '../base/errors.ts';
import { makeDirectories } from '../platform/directories.ts';
import { parseProbe, parseRun, serializeRun } from '../core/run/index.ts';
import type { Probe, Run } from '../core/run/index.ts';
import { renderReport } from './html/page.ts';
import { renderIntervalLog } from './text/interval-log.ts';
import { renderJUnit } from './text/junit.ts';
import { renderSummary } from './text/markdown.ts';
import { renderOpenMetrics } from './text/open-metrics.ts';

/** Where a Run's files are. */
export interface RunPaths {
  readonly directory: string;
  readonly run: string;
  readonly report: string;
  readonly summary: string;
  readonly junit: string;
  readonly metrics: string;
  readonly latency: string;
}

export interface RunDirectoryOptions {
  /** The folder that holds the runs; made where it is missing. */
  readonly root: string;
}

/** Two runs that end in the same second with the same name get `-2`, `-3` and so on; this many at most. */
const MOST_NAMESAKES = 100;

/**
 * Stores a Run with all its renderings in a new directory `<root>/<UTC time>-<name>/`. The Run itself is written first, so
 * that nothing that was measured is lost to a fault in a rendering. No existing file is ever written to, and no link is
 * followed: the directory is new, and so is every file in it.
 */
export async function writeRunDirectory(run: Run, { root }: RunDirectoryOptions): Promise<RunPaths> {
  const text = serializeRun(run);
  const directory = await newRunFolder(root, directoryName(run));
  const paths: RunPaths = {
    directory,
    run: join(directory, 'run.json'),
    report: join(directory, 'report.html'),
    summary: join(directory, 'summary.md'),
    junit: join(directory, 'junit.xml'),
    metrics: join(directory, 'metrics.prom'),
    latency: join(directory, 'latency.hlog'),
  };
  await writeNew(paths.run, text);
  await writeNew(paths.report, await renderReport([run]));
  await writeNew(paths.summary, renderSummary(run));
  await writeNew(paths.junit, renderJUnit(run));
  await writeNew(paths.metrics, renderOpenMetrics(run));
  await writeNew(paths.latency, renderIntervalLog(run));
  return paths;
}

/** The Run at `path`: a Run directory or a run.json. Throws UsageError or OperationError, naming the file. */
export async function loadRun(path: string): Promise<Run> {
  const file = await runFile(path);
  return parseRun(await readText(file), file);
}

/** What a stored file holds. */
export type Stored =
  | { readonly kind: 'run'; readonly runs: readonly [Run] }
  | { readonly kind: 'probe'; readonly probes: readonly Probe[] };

/** The Run, the Probe or the Probes at `path`, which is a Run directory or a JSON file. Throws as `loadRun` does. */
export async function loadStored(path: string): Promise<Stored> {
  const file = await runFile(path);
  const text = await readText(file);
  const { kind, probes } = outline(text);
  if (kind === 'probes' && Array.isArray(probes)) {
    return {
      kind: 'probe',
      probes: probes.map((one, i) => parseProbe(JSON.stringify(one), `${file}, probe ${i + 1}`)),
    };
  }
  if (kind === 'probe') return { kind: 'probe', probes: [parseProbe(text, file)] };
  return { kind: 'run', runs: [parseRun(text, file)] };
}

function outline(text: string): { readonly kind?: unknown; readonly probes?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // Whoever parses it whole says what is wrong.
    return {};
  }
}

function directoryName(run: Run): string {
  const time = new Date(run.startedAt).toISOString().slice(0, 19).replaceAll(':', '-');
  const name = run.profile.name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '');
  return `${time}Z-${name.slice(0, 60) || 'run'}`;
}

/** Makes the folder that will hold runs where it is missing; to be called before anything is measured. Throws OperationError. */
export async function prepareRunRoot(root: string): Promise<void> {
  try {
    makeDirectories(root);
    await access(root, constants.W_OK);
  } catch (error) {
    throw new OperationError(`cannot store runs under ${root}: ${reason(error)}`);
  }
}

/** A new folder `<root>/<name>`, or of that name with `-2`, `-3` and so on. Throws OperationError. */
export async function newRunFolder(root: string, name: string): Promise<string> {
  try {
    makeDirectories(root);
    for (let i = 1; i <= MOST_NAMESAKES; i++) {
      const directory = join(root, i === 1 ? name : `${name}-${i}`);
      if (await makeDirectory(directory)) return directory;
    }
  } catch (error) {
    throw new OperationError(`cannot store the run under ${root}: ${reason(error)}`);
  }
  throw new OperationError(
    `cannot store the run under ${root}: ${name} and ${MOST_NAMESAKES - 1} namesakes exist already`,
  );
}

/** False where something of that name, a link too, is there already. */
async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

async function writeNew(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, NEW_FILE, 0o644);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new OperationError(`cannot write ${path}: ${reason(error)}`);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw readError(path, error);
  }
}

/** The run.json of a Run directory; any other path as it is. Throws UsageError for a folder of Run directories. */
async function runFile(path: string): Promise<string> {
  if (!(await isDirectory(path))) return path;
  const names = await readdir(path);
  const below = names.filter((name) => existsSync(join(path, name, 'run.json'))).sort();
  if (names.includes('run.json') || below.length === 0) return join(path, 'run.json');
  const choices = below.map((name) => join(path, name)).join(', ');
  throw new UsageError(`${path}: holds no run.json, but runs below it: give one of ${choices}`);
}

async function readText(path: string): Promise<string> {
  try {
    // Not blocking, so that a named pipe is refused instead of waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) throw new UsageError(`${path}: not a file; give a run.json or its directory`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

function readError(path: string, error: unknown): Error {
  if (error instanceof UsageError) return error;
  if (errorCode(error) === 'ENOENT') {
    return new UsageError(`${path}: does not exist; give a run.json or the directory of a run`);
  }
  return new OperationError(`cannot read ${path}: ${reason(error)}`);
}

function reason(error: unknown): string {
  const texts: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EROFS: 'the filesystem is read-only',
    ENOSPC: 'no space is left',
    ENOTDIR: 'a part of the path is not a directory',
    EEXIST: 'it is not a directory',
  };
  return texts[errorCode(error) ?? ''] ?? errorMessage(error);
}

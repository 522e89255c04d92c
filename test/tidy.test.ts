/**
 * The repository polices itself: layer order, purity of the cores, file length, names, forbidden leftovers.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src');

/** From the ground up: a room imports only from itself and from rooms above it in this list. */
const ROOMS = [
  'base',
  'core/api',
  'core/raft',
  'core/mvcc',
  'core/workload',
  'core/stats',
  'core/run',
  'core/advice',
  'core/gate',
  'platform',
  'storage',
  'wire',
  'server',
  'client',
  'cluster',
  'probe',
  'bench',
  'ops',
  'report',
  'cli',
] as const;

/** Beyond these a file needs a reason; each entry names it. */
const LONGEST_LINES = 300;
const LONG_FILES: Readonly<Record<string, string>> = {
  'src/base/ordered-map.ts': 'one B+tree: insertion, deletion and their rebalancing are read together',
};

const files = walk(SOURCE).filter((file) => file.endsWith('.ts'));

describe('tidy', () => {
  it('has no file outside a room', () => {
    expect(files.filter((file) => roomOf(file) === undefined).map(name)).toEqual([]);
  });

  it('imports only downwards', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = ROOMS.indexOf(roomOf(file)!);
      for (const target of relativeImports(file)) {
        const room = roomOf(join(dirname(file), target));
        if (room === undefined || ROOMS.indexOf(room) > from) wrong.push(`${name(file)} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('keeps base and core pure', () => {
    const forbidden =
      /\b(Date|Promise|setTimeout|setInterval|setImmediate|queueMicrotask|process|Buffer|performance)\b[.(<]|\bMath\.random\b|\basync\b|\bawait\b|from 'node:/;
    const wrong = files
      .filter((file) => /^src\/(base|core)\//.test(name(file)))
      .filter((file) => forbidden.test(withoutComments(readFileSync(file, 'utf8'))));
    expect(wrong.map(name)).toEqual([]);
  });

  it('lets only the command line own argv, stdout and exit codes', () => {
    const owned = /\bprocess\.(argv|exit|exitCode|stdout)\b|\bconsole\./;
    const wrong = files
      .filter((file) => !name(file).startsWith('src/cli/'))
      .filter((file) => owned.test(withoutComments(readFileSync(file, 'utf8'))));
    expect(wrong.map(name)).toEqual([]);
  });

  it('keeps files short', () => {
    const long = files
      .filter((file) => LONG_FILES[name(file)] === undefined)
      .map((file) => ({ file: name(file), lines: readFileSync(file, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > LONGEST_LINES);
    expect(long).toEqual([]);
    expect(Object.keys(LONG_FILES).filter((file) => !files.map(name).includes(file))).toEqual([]);
  });

  it('has no leftovers', () => {
    const leftover = /\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck)|\b(describe|it|test)\.only\(/;
    const sources = [...files, ...walk(join(ROOT, 'test')).filter((file) => /\.(ts|mjs)$/.test(file))];
    const wrong = sources.filter((file) => file !== import.meta.filename && leftover.test(readFileSync(file, 'utf8')));
    expect(wrong.map(name)).toEqual([]);
  });

  it.each(['conformance', 'simulation'])('has a place for every planted fault of %s', async (folder) => {
    const { PLANTED_FAULTS } = (await import(`./${folder}/planted-faults.mjs`)) as { PLANTED_FAULTS: PlantedFault[] };
    const misplaced = PLANTED_FAULTS.flatMap((fault) =>
      fault.edits
        .filter(({ file, find }) => readFileSync(join(ROOT, file), 'utf8').split(find).length !== 2)
        .map(({ file, find }) => `${fault.name}: ${file} does not hold once: ${find}`),
    );
    expect(misplaced).toEqual([]);
  });

  it('has no file that nothing reaches', () => {
    const reached = new Set<string>();
    for (const file of [...files, ...walk(join(ROOT, 'test')).filter((path) => path.endsWith('.ts'))]) {
      for (const target of relativeImports(file)) reached.add(join(dirname(file), target));
    }
    // Entry points of processes and worker threads are started by path.
    const entries = /(-worker|-process|worker|main)\.ts$/;
    const dead = files.filter((file) => !reached.has(file) && !entries.test(file) && !file.endsWith('/index.ts'));
    expect(dead.map(name)).toEqual([]);
  });
});

interface PlantedFault {
  readonly name: string;
  readonly edits: readonly { readonly file: string; readonly find: string }[];
}

function walk(directory: string): string[] {
  return readdirSync(directory).flatMap((entry) => {
    const path = join(directory, entry);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

function name(file: string): string {
  return relative(ROOT, file);
}

function roomOf(file: string): (typeof ROOMS)[number] | undefined {
  const path = relative(SOURCE, file);
  return ROOMS.find((room) => path.startsWith(`${room}/`));
}

function relativeImports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1]!);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$|\s\/\/ .*$/gm, '');
}

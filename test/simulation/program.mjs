/**
 * Makes a program of its own out of the TypeScript sources, so that the simulator runs on plain node and can be given
 * sources with a fault in them: everything it imports is transpiled into `dist/simulation/<name>`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The cluster under faults, and raft alone under its adversary. */
const ENTRIES = ['test/simulation/simulation.ts', 'test/core/raft/adversary.ts'];

const OPTIONS = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/**
 * Path → source and JavaScript of every file that the simulator needs, as it is. Read once: what is edited while faults are
 * planted one after the other belongs to none of them.
 */
export function transpileAll() {
  const files = new Map();
  const waiting = ENTRIES.map((path) => join(ROOT, path));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    const source = readFileSync(path, 'utf8');
    const code = transpile(path, source);
    files.set(path, { source, code });
    for (const { fileName } of ts.preProcessFile(code, true, true).importedFiles) {
      if (fileName.startsWith('.')) waiting.push(join(dirname(path), fileName.replace(/\.js$/, '.ts')));
    }
  }
  return files;
}

function transpile(path, source) {
  return ts.transpileModule(source, { fileName: path, compilerOptions: OPTIONS }).outputText;
}

/** Writes the program, with the edits of `fault` if there is one, and gives its entries to import. */
export function writeProgram(files, name, fault) {
  const folder = join(ROOT, 'dist/simulation', name);
  rmSync(folder, { recursive: true, force: true });
  const changed = fault === undefined ? new Map() : faultyFiles(files, fault);
  for (const [path, { code }] of files) {
    const target = join(folder, relative(ROOT, path).replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, changed.get(path) ?? code);
  }
  return {
    entries: ENTRIES.map((path) => pathToFileURL(join(folder, path.replace(/\.ts$/, '.js'))).href),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Path → JavaScript with the fault in it. A source whose text has moved on makes the plan wrong, which must be noticed. */
function faultyFiles(files, { name, edits }) {
  const sources = new Map();
  for (const { file, find, replace } of edits) {
    const path = join(ROOT, file);
    const source = sources.get(path) ?? files.get(path)?.source ?? '';
    const count = source.split(find).length - 1;
    if (count !== 1) throw new Error(`planted fault '${name}': ${file} holds ${count} times, not once: ${find}`);
    sources.set(
      path,
      source.replace(find, () => replace),
    );
  }
  return new Map([...sources].map(([path, source]) => [path, transpile(path, source)]));
}

/**
 * The differential test as a program of its own, transpiled into `dist/conformance`, so that it runs on plain node; and
 * copies of the built server with a fault in them.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRY = 'test/conformance/differential.ts';
/** What a copy of the server does without. */
const NOT_COPIED = new Set(['conformance', 'simulation', 'test-types']);

const OPTIONS = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/** The transpiled test, imported. */
export async function loadProgram() {
  const { module, remove } = await loadTranspiled(ENTRY);
  return { differential: module, remove };
}

/** A module of the sources or tests, by its path in the repository, transpiled with all that it imports. */
export async function loadTranspiled(entry) {
  const folder = join(ROOT, 'dist/conformance', `program-${process.pid}`);
  const done = new Set();
  const waiting = [join(ROOT, entry)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const code = transpile(path, readFileSync(path, 'utf8'));
    write(join(folder, relative(ROOT, path).replace(/\.ts$/, '.js')), code);
    for (const { fileName } of ts.preProcessFile(code, true, true).importedFiles) {
      if (fileName.startsWith('.')) waiting.push(join(dirname(path), fileName.replace(/\.js$/, '.ts')));
    }
  }
  const module = await import(pathToFileURL(join(folder, entry.replace(/\.ts$/, '.js'))).href);
  return { module, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A copy of the build that `program` belongs to, with the fault's edits; each text must stand exactly once in its file. */
export function faultyProgram({ name, edits }, program) {
  const dist = join(dirname(fileURLToPath(program)), '..');
  const folders = join(ROOT, 'dist/conformance');
  mkdirSync(folders, { recursive: true });
  const root = mkdtempSync(join(folders, `fault-${process.pid}-`));
  const folder = join(root, 'dist');
  // The server tells its own version.
  cpSync(join(dist, '../package.json'), join(root, 'package.json'));
  for (const entry of readdirSync(dist, { withFileTypes: true })) {
    if (!entry.isDirectory() || NOT_COPIED.has(entry.name)) continue;
    cpSync(join(dist, entry.name), join(folder, entry.name), { recursive: true });
  }
  const sources = new Map();
  for (const { file, find, replace } of edits) {
    const source = sources.get(file) ?? readFileSync(join(ROOT, file), 'utf8');
    const count = source.split(find).length - 1;
    if (count !== 1) throw new Error(`planted fault '${name}': ${file} holds ${count} times, not once: ${find}`);
    sources.set(
      file,
      source.replace(find, () => replace),
    );
  }
  for (const [file, source] of sources) {
    write(join(folder, relative('src', file).replace(/\.ts$/, '.js')), transpile(file, source));
  }
  return {
    program: pathToFileURL(join(folder, 'cli/main.js')).href,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function transpile(path, source) {
  return ts.transpileModule(source, { fileName: path, compilerOptions: OPTIONS }).outputText;
}

function write(path, code) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}

/**
 * The files of a backend directory. The data lie in `backend-<generation>.mdb`; rewriting them (defragmentation, a
 * snapshot received) makes the next generation under a temporary name, syncs it, renames it and only then uses it. So the
 * highest generation is always whole and the one that counts; what else lies there is left over from a crash.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../../platform/directories.ts';
import { LmdbFile } from './lmdb-file.ts';

const DATA_FILE = /^backend-(\d{6,})\.mdb$/;
const ANY_FILE = /^backend-\d{6,}\.mdb(\.tmp)?(-lock)?$/;

export function dataFile(directory: string, generation: number): string {
  return join(directory, `backend-${String(generation).padStart(6, '0')}.mdb`);
}

export function temporaryFile(directory: string, generation: number): string {
  return dataFile(directory, generation) + '.tmp';
}

/** Makes the directory where it is missing, removes what a crash left, and finds the generation in use; 1 in a new one. */
export function settleDirectory(directory: string): number {
  makeDirectories(directory, 0o700);
  const names = readdirSync(directory);
  const generations = names.map((name) => Number(DATA_FILE.exec(name)?.[1] ?? 0));
  const generation = Math.max(1, ...generations);
  const current = dataFile(directory, generation);
  for (const name of names) {
    const path = join(directory, name);
    if (ANY_FILE.test(name) && path !== current) rmSync(path);
  }
  return generation;
}

/** The file at `path`, walked once; undefined where there is none yet. Throws OperationError where it is damaged. */
export function checkedFile(path: string): LmdbFile | undefined {
  if (!existsSync(path) || statSync(path).size === 0) return undefined;
  const file = new LmdbFile(path);
  try {
    file.check();
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Gives a finished temporary file its name, durably. */
export function adoptTemporary(directory: string, generation: number): void {
  syncPath(temporaryFile(directory, generation));
  renameSync(temporaryFile(directory, generation), dataFile(directory, generation));
  syncPath(directory);
}

/** Removes a generation that is no longer open. */
export function removeGeneration(directory: string, generation: number): void {
  const path = dataFile(directory, generation);
  rmSync(path, { force: true });
  rmSync(path + '-lock', { force: true });
}

export function removeTemporary(directory: string, generation: number): void {
  const path = temporaryFile(directory, generation);
  rmSync(path, { force: true });
  rmSync(path + '-lock', { force: true });
}

function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Files that a command writes where the user says. */
import { lstat, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, errorMessage, OperationError, UsageError } from '../base/errors.ts';
import { makeDirectories } from '../platform/directories.ts';

/** Writes a new file; never over an existing one, nor through a link. `flag` is what errors call it. */
export async function writeNewFile(flag: string, path: string, text: string): Promise<void> {
  prepareFolder(flag, dirname(path));
  try {
    const file = await open(path, 'wx');
    await file.writeFile(text);
    await file.close();
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw existing(flag, path);
    throw new OperationError(`--${flag} ${path}: ${errorMessage(error)}`);
  }
}

/** Before the work: makes the file's folder, and says so where the file is there already. */
export async function prepareNewFile(flag: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  prepareFolder(flag, dirname(path));
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw existing(flag, path);
}

/** Makes a folder that files will be written to. */
export function prepareFolder(flag: string, folder: string): void {
  try {
    makeDirectories(folder);
  } catch (error) {
    const why = errorCode(error) === 'EEXIST' ? 'it is not a directory' : errorMessage(error);
    throw new OperationError(`--${flag}: cannot make the folder ${folder}: ${why}`);
  }
}

function existing(flag: string, path: string): UsageError {
  return new UsageError(`--${flag} ${path} exists already: name a new file`);
}

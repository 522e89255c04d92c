/** Files that a command writes where the user says. */
import { lstat, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, errorMessage, OperationError, UsageError } from '../base/errors.ts';

/** Writes a new file; never over an existing one, nor through a link. `flag` is what errors call it. */
export async function writeNewFile(flag: string, path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx');
    await file.writeFile(text);
    await file.close();
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw existing(flag, path);
    throw new OperationError(`--${flag} ${path}: ${errorMessage(error)}`);
  }
}

/** Says so before the work, where the file is there already. */
export async function refuseExisting(flag: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw existing(flag, path);
}

function existing(flag: string, path: string): UsageError {
  return new UsageError(`--${flag} ${path} exists already: name a new file`);
}

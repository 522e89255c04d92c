/** Files that a command writes where the user says. */
import { mkdir, open } from 'node:fs/promises';
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
    if (errorCode(error) === 'EEXIST') throw new UsageError(`--${flag} ${path} exists already: name a new file`);
    throw new OperationError(`--${flag} ${path}: ${errorMessage(error)}`);
  }
}

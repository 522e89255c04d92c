import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../base/errors.ts';

/**
 * Makes a directory with its parents; nothing where it is there. Throws the system's error: EEXIST where the name stands
 * for something else. Node's own recursion never ends under a folder that takes none and says ENOENT, such as /proc.
 */
export function makeDirectories(directory: string, mode = 0o777): void {
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' && dirname(directory) !== directory) {
      makeDirectories(dirname(directory), mode);
      mkdirSync(directory, { mode });
    } else if (code !== 'EEXIST' || !statSync(directory).isDirectory()) throw error;
  }
}

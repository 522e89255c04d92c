/** The disk model that a flag names: one that ships (`gp3`, `io2:5000iops`), or a file that `probe --save-model` wrote. */
import { errorMessage, UsageError } from '../../base/errors.ts';
import { findDiskModel, parseModel, type DiskModel } from '../../storage/disk-models/index.ts';

/** What has a slash or ends in .json is a file. */
export function isModelFile(text: string): boolean {
  return text.includes('/') || text.endsWith('.json');
}

/** Throws UsageError. */
export function readDiskModel(text: string, readText: (path: string) => string): DiskModel {
  if (!isModelFile(text)) return findDiskModel(text);
  let content: string;
  try {
    content = readText(text);
  } catch (error) {
    throw new UsageError(`disk model ${text}: ${errorMessage(error)}`);
  }
  return parseModel(content, text);
}

/** Says in one line what ended a probe in the middle: the path, the cause, and what to do. */
import { DiskError } from '../base/disk.ts';
import { errorMessage, OperationError } from '../base/errors.ts';

export interface FailedProbe {
  readonly path: string;
  /** What the recipe asks for. */
  readonly neededBytes: number;
  /** Whether the probe's directory was there when it failed. */
  readonly isThere: boolean;
  /** The probe's directory, where it could not be removed. */
  readonly left: string | undefined;
}

/** The error to be thrown instead of `error`. */
export function probeFailure(error: unknown, { path, neededBytes, isThere, left }: FailedProbe): Error {
  // What is neither a disk's failure nor one that was foreseen is a fault of this program, and keeps its stack.
  if (isThere && !(error instanceof OperationError)) return error instanceof Error ? error : new Error(String(error));
  const rest = left === undefined ? '' : `; ${left} could not be removed, the next probe of the path sweeps it`;
  const text = isThere
    ? causeText(error, Math.ceil(neededBytes / 1e6))
    : 'the probe’s directory is no longer there, it was removed in the middle: probe a directory that stays';
  return new OperationError(`${path}: ${text}${rest}`, { cause: error });
}

function causeText(error: unknown, neededMegabytes: number): string {
  if (!(error instanceof DiskError)) return errorMessage(error);
  const at = `${error.code} in ${error.operation}`;
  switch (error.code) {
    case 'ENOSPC':
      return `the volume ran full in the middle of the probe (${at}): keep ${neededMegabytes} MB free meanwhile, or probe with --recipe fio-2300, which needs the least`;
    case 'EDQUOT':
      return `the disk quota ran out in the middle of the probe (${at}): raise it by ${neededMegabytes} MB for this user, or probe as the user that etcd runs as`;
    case 'EROFS':
      return `the filesystem became read-only in the middle of the probe (${at}): it was remounted, or it stopped after an error; look into the kernel’s log (dmesg)`;
    case 'EIO':
      return `the device failed in the middle of the probe (${at}): look into the kernel’s log (dmesg); a member of etcd would have stopped here`;
    default:
      return error.message;
  }
}

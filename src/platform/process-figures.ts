/** What a process on this machine has used. Source: proc(5), /proc/PID/{stat,status,io}. */
import { readFileSync } from 'node:fs';
import { OperationError } from '../base/errors.ts';

export interface ProcessFigures {
  /** User and system time of all its threads since it started. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
  /** Bytes it has caused to be written to a device; undefined where the kernel tells only root or the owner. */
  readonly writtenBytes: number | undefined;
}

/** Clock ticks a second in /proc/PID/stat: a constant of Linux's interface to programs (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Throws OperationError where there is no such process (any more). */
export function processFigures(pid: number): ProcessFigures {
  const stat = read(pid, 'stat');
  const status = read(pid, 'status');
  if (stat === undefined || status === undefined) throw new OperationError(`no process ${pid} is running`);
  // The name, in parentheses, may hold anything, parentheses included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const writtenBytes = /^write_bytes: (\d+)$/m.exec(read(pid, 'io') ?? '')?.[1];
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: kibibytes(status, 'VmRSS'),
    peakResidentBytes: kibibytes(status, 'VmHWM'),
    writtenBytes: writtenBytes === undefined ? undefined : Number(writtenBytes),
  };
}

/** 0 for a process that has ended but is not yet waited for. */
function kibibytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

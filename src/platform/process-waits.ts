/** When a process on this machine wanted a processor and had none. Source: proc(5), /proc/PID/{stat,task/TID/schedstat}. */
import { readdirSync, readFileSync } from 'node:fs';

/** Stopped by a signal or a debugger. False for a process that is gone. */
export function isStopped(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything, parentheses included.
  const state = stat?.charAt(stat.lastIndexOf(')') + 2);
  return state === 'T' || state === 't';
}

/** Time that its threads, those alive now, have waited in line for a processor; undefined where the kernel does not tell. */
export function runQueueSeconds(pid: number): number | undefined {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return undefined;
  }
  let nanoseconds: number | undefined;
  for (const thread of threads) {
    const waited = read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[1];
    if (waited !== undefined) nanoseconds = (nanoseconds ?? 0) + Number(waited);
  }
  return nanoseconds === undefined ? undefined : nanoseconds / 1e9;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

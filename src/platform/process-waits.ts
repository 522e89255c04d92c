/** When a process on this machine wanted a processor and had none. Source: proc(5), /proc/PID/{stat,task/TID/schedstat}. */
import { readdirSync, readFileSync } from 'node:fs';

/** Stopped by a signal or a debugger. False for a process that is gone. */
export function isStopped(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything, parentheses included.
  const state = stat?.charAt(stat.lastIndexOf(')') + 2);
  return state === 'T' || state === 't';
}

/** Whose waits count: those of all threads alive now, added up, or of the first alone. */
export type Waiting = 'all threads' | 'main thread';

/** Time that it has waited in line for a processor; undefined where the kernel does not tell. */
export function runQueueSeconds(pid: number, whose: Waiting): number | undefined {
  const threads = whose === 'main thread' ? [String(pid)] : threadsOf(pid);
  let nanoseconds: number | undefined;
  for (const thread of threads) {
    const waited = read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[1];
    if (waited !== undefined) nanoseconds = (nanoseconds ?? 0) + Number(waited);
  }
  return nanoseconds === undefined ? undefined : nanoseconds / 1e9;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

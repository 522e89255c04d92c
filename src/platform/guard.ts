/**
 * What ends processes and removes a folder of ours when this process is killed and can do neither: a shell that reads from
 * a pipe whose other end closes with us, however we end. Programs that are not ours cannot be made to watch for that.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Each line replaces the list of processes. Killed processes may still be writing when their folder is first removed.
 * POSIX, sections 2 (Shell Command Language) and 3 (Utilities).
 */
const SCRIPT = `
pids=
while IFS= read -r line; do pids=$line; done
for pid in $pids; do kill -s KILL "$pid"; done
for attempt in 1 2 3 4 5; do
  rm -rf -- "$1"
  [ -e "$1" ] || break
  sleep 1
done
`;

export interface Guard {
  /** The processes that must not outlive this one, in place of those said before. */
  watch(pids: readonly number[]): void;
  /** The processes are gone, and the folder: resolves when the guard is, too. */
  release(): Promise<void>;
}

/** Where there is no shell nothing is guarded, and all else goes on. */
export function startGuard(folder: string): Guard {
  // A group of its own: what ends ours (Ctrl-C, a supervisor) must not end it first.
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'etcdmark-guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const gone = once(shell, 'close').catch(() => undefined);
  // Written to after its end.
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return {
    watch: (pids) => void shell.stdin.write(`${pids.join(' ')}\n`),
    release: async () => {
      shell.ref();
      shell.stdin.end('\n');
      await gone;
    },
  };
}

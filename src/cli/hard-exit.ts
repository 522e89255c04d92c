/** The end of this process, also where a thread of it is stuck in a system call: `process.exit` waits for every thread. */
import { spawn } from 'node:child_process';

/** A shell that kills its parent in a second, unless that has ended by then: its end closes the pipe. */
const SCRIPT = '(sleep 1; kill -s KILL "$PPID") & read -r _; kill "$!"';

/** Ends with `code`, or a second later by SIGKILL. */
export function hardExit(code: number): never {
  // A group of its own: what ends ours must not end it first.
  const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without a shell there is the ordinary way alone.
  shell.on('error', () => undefined);
  process.exit(code);
}

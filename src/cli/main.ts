#!/usr/bin/env node
/** The process: arguments in, exit code out. Everything else is a command's. */
import { readFileSync } from 'node:fs';
import { hardExit } from './hard-exit.ts';
import { serve } from './commands/serve.ts';
import { EXIT, type CliContext } from './context.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const argv = process.argv.slice(2);
const interruption = new AbortController();
const context: CliContext = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  argv,
  version,
  signal: interruption.signal,
};

// The first signal asks the command to finish with what it has; the second ends the process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) hardExit(EXIT.interrupted);
    interruption.abort(signal);
  });
}
// A reader that closes its end (`| head`) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
});

process.exitCode = await main();

/** A member is to be up soon: what the other commands need, twice as much as it, is not loaded for it. */
async function main(): Promise<number> {
  if (argv[0] !== 'serve') {
    const [{ COMMANDS }, { runProgram }] = await Promise.all([import('./commands/index.ts'), import('./program.ts')]);
    return runProgram(argv, COMMANDS, context);
  }
  try {
    return await serve(argv.slice(1), context, version);
  } catch (error) {
    const { reportError } = await import('./program.ts');
    const code = reportError(error, argv.includes('--debug'), context);
    // Threads and sockets of a member that failed must not keep the process.
    hardExit(code);
  }
}

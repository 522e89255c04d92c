/** Runs a command line in this process and keeps what it would have printed. */
import { Writable } from 'node:stream';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { runProgram } from '../../src/cli/program.ts';

export interface CliOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCli(
  argv: readonly string[],
  options: { env?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<CliOutcome> {
  const stdout = new TextStream();
  const stderr = new TextStream();
  const exitCode = await runProgram(argv, COMMANDS, {
    stdout,
    stderr,
    argv,
    version: '0.0.0-test',
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

class TextStream extends Writable {
  text = '';

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

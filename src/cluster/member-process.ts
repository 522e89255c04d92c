/** One member in a process of its own: started, watched, ended. */
import { execa } from 'execa';
import { OperationError, errorCode, errorMessage } from '../base/errors.ts';
import type { Member } from './types.ts';

const LOG_LINES = 40;
/** How many of them go into an error. */
const TOLD_LINES = 3;
/** A wrong flag is followed by pages of usage; what comes before them says what was wrong. */
const REASON = /error|fatal|panic|assert|not defined|invalid|in use|denied|no space/i;
/** etcd may take this long to close its backend; then it is killed: no run is to wait for a member that hangs. */
const DEFAULT_TERMINATE_MS = 5_000;

/** To say its version; what takes longer may be started all the same. */
const VERSION_MS = 2_000;

/** Why a program does not even begin, and what would. */
const NOT_STARTED: Readonly<Record<string, string>> = {
  ENOENT: 'no such program; give its path, or a name in PATH',
  EACCES: 'not an executable file; give the program’s path',
  ENOEXEC: 'no program for this machine',
};

export interface MemberCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly clientUrl: string;
  readonly dataDir: string;
  /** What it may take to end after SIGTERM, before SIGKILL. */
  readonly terminateMs?: number;
  /** Its process has begun or ended. */
  readonly onProcess?: () => void;
}

export class MemberProcess implements Member {
  readonly name: string;
  readonly clientUrl: string;
  readonly metricsUrl: string;
  readonly dataDir: string;
  private readonly command: MemberCommand;
  private child: ReturnType<typeof spawn> | undefined;
  private ended: Promise<void> = Promise.resolve();
  private log: string[] = [];
  private expected = true;
  private unexpectedEnd: string | undefined;

  constructor(command: MemberCommand) {
    this.command = command;
    this.name = command.name;
    this.clientUrl = command.clientUrl;
    this.metricsUrl = command.clientUrl;
    this.dataDir = command.dataDir;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Why it ended although nobody asked it to. */
  get failure(): string | undefined {
    return this.unexpectedEnd;
  }

  start(): void {
    const { file, args, terminateMs = DEFAULT_TERMINATE_MS } = this.command;
    this.expected = false;
    this.unexpectedEnd = undefined;
    this.log = [];
    const child = spawn(file, args, terminateMs);
    this.child = child;
    this.command.onProcess?.();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => this.keep(text));
    }
    this.ended = child.then(
      (result) => {
        const obstacle = NOT_STARTED[errorCode(result) ?? ''];
        if (obstacle !== undefined) {
          this.gone();
          this.unexpectedEnd = `${this.name}: ${file} cannot be started: ${obstacle}`;
          return;
        }
        const how = result.signal === undefined ? `exit code ${result.exitCode ?? '?'}` : `signal ${result.signal}`;
        this.end(
          result.failed && result.exitCode === undefined && result.signal === undefined ? errorMessage(result) : how,
        );
      },
      (error: unknown) => this.end(errorMessage(error)),
    );
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  async kill(): Promise<void> {
    this.expected = true;
    this.child?.kill('SIGKILL');
    await this.ended;
  }

  async terminate(): Promise<void> {
    this.expected = true;
    // A stopped process does not see SIGTERM.
    this.child?.kill('SIGCONT');
    this.child?.kill('SIGTERM');
    await this.ended;
  }

  /** For the end of this process: nothing can be awaited then. */
  killNow(): void {
    this.expected = true;
    this.child?.kill('SIGKILL');
  }

  /** What it said that sounds like a reason, else the last of what it said; for an error. */
  lastWords(): string {
    const lines = this.log
      .join('')
      .split('\n')
      .filter((line) => line.trim() !== '');
    const reasons = lines.filter((line) => REASON.test(line));
    const told = (reasons.length > 0 ? reasons : lines).slice(-TOLD_LINES).map((line) => line.trim());
    return told.length === 0 ? 'it said nothing' : `its last words: ${told.join(' | ')}`;
  }

  /** Throws OperationError when it is gone. */
  assertRunning(): void {
    if (this.unexpectedEnd !== undefined) throw new OperationError(this.unexpectedEnd);
  }

  private gone(): void {
    this.child = undefined;
    this.command.onProcess?.();
  }

  private end(how: string): void {
    this.gone();
    if (!this.expected) this.unexpectedEnd = `${this.name} (${this.command.file}) ended: ${how}; ${this.lastWords()}`;
  }

  private keep(text: string): void {
    this.log.push(text);
    if (this.log.length > LOG_LINES) this.log.splice(0, this.log.length - LOG_LINES);
  }
}

/** Throws OperationError where `file` is nothing that can be started. */
export async function assertProgram(file: string): Promise<void> {
  const result = await execa(file, ['--version'], {
    ...options(),
    stdout: 'ignore',
    stderr: 'ignore',
    timeout: VERSION_MS,
  });
  const obstacle = NOT_STARTED[errorCode(result) ?? ''];
  if (obstacle !== undefined) throw new OperationError(`${file} cannot be started: ${obstacle}`);
}

function spawn(file: string, args: readonly string[], terminateMs: number) {
  return execa(file, args, {
    ...options(),
    stdout: 'pipe',
    stderr: 'pipe',
    // A terminal's Ctrl-C goes to the whole process group: the member must outlive it until its end is ordered. Execa
    // then no longer ends it with this process: `killNow` does.
    detached: true,
    forceKillAfterDelay: terminateMs,
  });
}

function options() {
  // etcd takes flags from ETCD_ variables too: none of ours may leak in.
  return { reject: false, stdin: 'ignore', buffer: false, env: environmentWithoutEtcd(), extendEnv: false } as const;
}

function environmentWithoutEtcd(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD')));
}

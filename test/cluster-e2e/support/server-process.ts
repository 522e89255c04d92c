/** One server process of a test: started, listened to, ended. It can be started again with the same arguments. */
import { spawn, type ChildProcess } from 'node:child_process';

/** Enough of the log for every line that a test waits for. */
const LOG_BYTES = 4 << 20;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServerProcess {
  readonly file: string;
  args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #ended: Promise<Ended> = Promise.resolve({ code: null, signal: null });
  #log = '';
  #listeners: (() => void)[] = [];

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.file = file;
    this.args = args;
    this.#env = env;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** What it wrote since its last start, both streams. */
  get log(): string {
    return this.#log;
  }

  /** Its JSON log lines. */
  get lines(): Record<string, unknown>[] {
    return this.#log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  start(): void {
    if (this.#child !== undefined) throw new Error('it runs already');
    this.#log = '';
    const child = spawn(this.file, [...this.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Variables of ours, ETCD_* above all, must not leak in.
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...this.#env },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-LOG_BYTES);
        this.#tell();
      });
    }
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#log += String(error);
        this.#child = undefined;
        this.#tell();
        resolve({ code: null, signal: null });
      });
      child.once('close', (code, signal) => {
        this.#child = undefined;
        this.#tell();
        resolve({ code, signal });
      });
    });
  }

  /** Resolves with the match; rejects when the process ends first or time is up. */
  waitForLine(pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => finish(() => reject(this.#complaint(`no ${pattern} within ${timeoutMs} ms`))),
        timeoutMs,
      );
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#listeners = this.#listeners.filter((each) => each !== look);
        settle();
      };
      const look = (): void => {
        const match = pattern.exec(this.#log);
        if (match !== null) finish(() => resolve(match));
        else if (this.#child === undefined) finish(() => reject(this.#complaint(`it ended before it said ${pattern}`)));
      };
      this.#listeners.push(look);
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** How it ended, once it has. */
  ended(timeoutMs = 30_000): Promise<Ended> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#complaint(`it still runs after ${timeoutMs} ms`)), timeoutMs);
    });
    return Promise.race([this.#ended, late]).finally(() => clearTimeout(timer));
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  async terminate(timeoutMs?: number): Promise<Ended> {
    this.#child?.kill('SIGTERM');
    return this.ended(timeoutMs);
  }

  /** For the end of the test process, when nothing can be awaited. */
  killNow(): void {
    this.#child?.kill('SIGKILL');
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #complaint(what: string): Error {
    return new Error(`${this.file}: ${what}; its log ends with\n${this.#log.slice(-3000)}`);
  }
}

/** A generator process as its parent sees it. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OperationError } from '../base/errors.ts';
import { compiledEntry } from '../platform/entry.ts';
import type { FromWorker, LoadTaskConfig, ToWorker, WatchTaskConfig, WorkerReport } from './worker/protocol.ts';
import type { SecondRecord } from './worker/recorder.ts';

/** A generator that was told to quit and has not is killed. */
const QUIT_MS = 2_000;

/**
 * Of Node, for a generator's process. The young generation has room for one round of requests of a thousand clients that
 * wait (with 4 MB they get old for want of it, and a put in a closed loop costs a quarter more), and what lives in it is
 * copied in a fraction of a millisecond (`bench:clock`, p99 of the lateness at 10,000/s: 0.85 ms with 2 to 8 MB, 1.0 with 16).
 *
 * One thread collects: helpers cost more than they save where the server needs the other processor, and the pause then
 * lasts until the last of them has been given one: 3.4 against 1.3 ms on two busy processors (--trace-gc).
 */
export const GENERATOR_FLAGS = ['--min-semi-space-size=8', '--max-semi-space-size=8', '--no-parallel-scavenge'];

type Kind = FromWorker['kind'];

export class Generator {
  private readonly child: ChildProcess;
  private readonly awaited = new Map<
    Kind,
    { resolve: (message: FromWorker) => void; reject: (error: Error) => void }
  >();
  private readonly gone: Promise<void>;
  private failure: Error | undefined;

  constructor(onSecond: (record: SecondRecord) => void) {
    this.child = fork(fileURLToPath(compiledEntry('bench/worker/load-process.js')), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: GENERATOR_FLAGS,
    });
    this.child.on('message', (message: FromWorker) => {
      if (message.kind === 'second') onSecond(message.record);
      else if (message.kind === 'failed') this.fail(new OperationError(message.message));
      else this.settle(message);
    });
    this.gone = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.fail(new OperationError(`a load generator ended by itself: ${signal ?? `exit code ${code}`}`));
        resolve();
      });
    });
  }

  async prepare(task: LoadTaskConfig | WatchTaskConfig): Promise<void> {
    this.send({ kind: 'prepare', task });
    await this.expect('ready');
  }

  /** Resolves when its load is done; a holder of watches has none. */
  async run(startMs: number): Promise<void> {
    this.start(startMs);
    await this.expect('idle');
  }

  start(startMs: number): void {
    this.send({ kind: 'start', startMs });
  }

  stop(): void {
    this.send({ kind: 'stop' });
  }

  async report(): Promise<WorkerReport> {
    this.send({ kind: 'report' });
    const message = await this.expect('report');
    if (message.kind !== 'report') throw new OperationError('a load generator answered out of turn');
    return message.report;
  }

  /** Resolves when the process is gone. */
  async quit(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.send({ kind: 'quit' });
    const timer = setTimeout(() => this.child.kill('SIGKILL'), QUIT_MS);
    await this.gone;
    clearTimeout(timer);
  }

  private send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message);
  }

  private expect(kind: Kind): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      if (this.failure === undefined) this.awaited.set(kind, { resolve, reject });
      else reject(this.failure);
    });
  }

  private settle(message: FromWorker): void {
    this.awaited.get(message.kind)?.resolve(message);
    this.awaited.delete(message.kind);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.awaited.values()) reject(this.failure);
    this.awaited.clear();
  }
}

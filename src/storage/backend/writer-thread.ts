/** The backend's end of the thread that writes to LMDB (`lmdb-writer.ts`): what it is asked, and who waits for the answer. */
import { Worker } from 'node:worker_threads';
import { OperationError } from '../../base/errors.ts';
import type { BatchMessage } from './lmdb-batch.ts';
import type { WriterData, WriterReply, WriterRequest } from './lmdb-writer.ts';

/** Most of a batch lies outside the heap; with V8's default this thread alone would take 48 MiB. */
const YOUNG_MB = 4;

export class WriterThread {
  private readonly worker: Worker;
  private readonly directory: string;
  private readonly onFailed: (error: Error) => void;
  private readonly replies: ((reply: WriterReply) => void)[] = [];
  hasFailed = false;
  /** It has closed its file, or nothing is to be expected of it any more. */
  private isClosed = false;
  private onClosed: (() => void) | undefined;

  /** `onFailed` is called at most once; nothing is answered after that. */
  constructor(workerData: WriterData, onFailed: (error: Error) => void) {
    this.directory = workerData.directory;
    this.onFailed = onFailed;
    this.worker = new Worker(new URL('./lmdb-writer.js', import.meta.url), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.worker.on('message', (reply: WriterReply) => this.onReply(reply));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => {
      if (!this.isClosed) this.fail(new OperationError('the backend’s writer thread has ended'));
    });
  }

  /** Sends a request that is answered. */
  ask(request: WriterRequest, onReply: (reply: WriterReply) => void): void {
    this.replies.push(onReply);
    this.post(request);
  }

  /** Sends one that is not. */
  post(request: WriterRequest): void {
    this.worker.postMessage(request, 'batch' in request ? buffersOf(request.batch) : []);
  }

  /** Lets the thread finish what it was asked; `done` when it is gone. */
  close(done: () => void): void {
    this.onClosed = () => {
      this.onClosed = undefined;
      this.isClosed = true;
      void this.worker.terminate().then(done);
    };
    if (this.hasFailed) this.onClosed();
    else this.ask({ what: 'close' }, () => this.onClosed?.());
  }

  private onReply(reply: WriterReply): void {
    if (reply.what === 'failed')
      this.fail(new OperationError(`the backend in ${this.directory} cannot be written: ${reply.message}`));
    else if (!this.hasFailed) this.replies.shift()!(reply);
  }

  private fail(error: Error): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    // Only who closes goes on.
    this.replies.length = 0;
    this.onClosed?.();
    this.onFailed(error);
  }
}

function buffersOf({ mains, marks, lengths, values, deletions }: BatchMessage): ArrayBuffer[] {
  return [mains, marks, lengths, values, deletions].map((array) => array.buffer as ArrayBuffer);
}

/**
 * The thread that writes to LMDB: takes batches in order, makes each one synced transaction, and says so. Waiting for
 * the disk here delays no request.
 */
import { statfsSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage } from '../../base/errors.ts';
import type { BatchMessage } from './lmdb-batch.ts';
import { allocatedBytes, hasFreeList, openEnvironment, usedBytes, type Environment } from './lmdb-environment.ts';
import { adoptTemporary, dataFile, removeTemporary, temporaryFile } from './lmdb-files.ts';
import { encodeConsistentIndex, RECORD_OVERHEAD_BYTES, writeRevisionRecord } from './lmdb-records.ts';

/** In order; every one but `write next` is answered. */
export type WriterRequest =
  /** Write to the file in use. */
  | { readonly what: 'write'; readonly batch: BatchMessage }
  /** Write the next generation: as a copy of the file in use without its free pages, or from the batches that follow. */
  | { readonly what: 'copy to next' }
  | { readonly what: 'begin next' }
  | { readonly what: 'write next'; readonly batch: BatchMessage }
  /** Make the next generation the one in use; or give it up. */
  | { readonly what: 'adopt next' }
  | { readonly what: 'drop next' }
  | { readonly what: 'close' };

export type WriterReply =
  | ({ readonly what: 'written'; readonly commitMs: number } & Sizes)
  | ({ readonly what: 'adopted' } & Sizes)
  | { readonly what: 'copied' | 'begun' | 'dropped' | 'closed' }
  | { readonly what: 'failed'; readonly message: string };

interface Sizes {
  readonly sizeBytes: number;
  readonly sizeInUseBytes: number;
}

export interface WriterData {
  readonly directory: string;
  readonly generation: number;
}

const port = parentPort!;
const { directory } = workerData as WriterData;
let { generation } = workerData as WriterData;
let environment = openToWrite(dataFile(directory, generation));
let next: Environment | undefined;
/** Requests are answered one after the other, also those that take several turns. */
let queue: Promise<void> = Promise.resolve();
/** Why nothing is written any more: a batch on top of one that is missing would hide that it is. */
let failure: string | undefined;

port.on('message', (request: WriterRequest) => {
  queue = queue.then(() => (failure === undefined ? handle(request) : undefined)).then(reply, fail);
});

function fail(error: unknown): void {
  failure = reasonOf(error);
  port.postMessage({ what: 'failed', message: failure } satisfies WriterReply);
}

/** A volume with less room than this is called full. */
const FULL_BYTES = 1024 * 1024;

/** LMDB takes a write that the end of the volume cut short for an error of the device. */
function reasonOf(error: unknown): string {
  const text = errorMessage(error);
  return freeBytes() < FULL_BYTES ? `no space left on the device (${text})` : text;
}

/** Infinity where it cannot be known: the directory may be what is missing. */
function freeBytes(): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

function reply(message: WriterReply | undefined): void {
  if (message === undefined) return;
  port.postMessage(message);
  if (message.what === 'closed') port.close();
}

async function handle(request: WriterRequest): Promise<WriterReply | undefined> {
  switch (request.what) {
    case 'write':
      return { what: 'written', commitMs: writeTimed(environment, request.batch), ...sizes() };
    case 'copy to next':
      await environment.root.backup(temporaryFile(directory, generation + 1), true);
      return { what: 'copied' };
    case 'begin next':
      removeTemporary(directory, generation + 1);
      next = openEnvironment(temporaryFile(directory, generation + 1));
      return { what: 'begun' };
    case 'write next': {
      const target = next!;
      target.root.transactionSync(() => writeBatch(target, request.batch));
      return undefined;
    }
    case 'adopt next':
      await next?.root.close();
      next = undefined;
      await environment.root.close();
      generation++;
      adoptTemporary(directory, generation);
      environment = openToWrite(dataFile(directory, generation));
      return { what: 'adopted', ...sizes() };
    case 'drop next':
      await next?.root.close();
      next = undefined;
      removeTemporary(directory, generation + 1);
      return { what: 'dropped' };
    case 'close':
      await next?.root.close();
      await environment.root.close();
      return { what: 'closed' };
  }
}

/**
 * A copy without free pages has no list of them either. LMDB ends the process where the first entry of that list is
 * longer than a page: it looks for room in the list, whose page is there but not yet the entry. So a transaction that
 * frees next to nothing, the same mark of what is stored, comes before those of others. Source: lmdb-js issue 317.
 */
function openToWrite(path: string): Environment {
  const opened = openEnvironment(path);
  const { key } = encodeConsistentIndex(0, 0);
  const stored = hasFreeList(opened) ? undefined : opened.entries.get(key);
  if (stored !== undefined) opened.root.transactionSync(() => opened.entries.putSync(key, stored));
  return opened;
}

/** A file without free pages may be shorter than LMDB counts, never longer. */
function sizes(): Sizes {
  const sizeInUseBytes = usedBytes(environment);
  const fileBytes = statSync(dataFile(directory, generation)).size;
  return { sizeBytes: Math.max(sizeInUseBytes, Math.min(fileBytes, allocatedBytes(environment))), sizeInUseBytes };
}

/** One transaction, written and synced; the milliseconds it took. */
function writeTimed(into: Environment, batch: BatchMessage): number {
  const startMs = performance.now();
  into.root.transactionSync(() => writeBatch(into, batch));
  return performance.now() - startMs;
}

function writeBatch({ revisions, entries }: Environment, batch: BatchMessage): void {
  const { mains, marks, lengths, values, deletions } = batch;
  // One buffer for all values: LMDB copies each before `putSync` returns.
  let record = new Uint8Array(64 * 1024);
  const id = { main: 0, sub: 0 };
  let at = 0;
  for (let i = 0; i < mains.length; i++) {
    const value = values.subarray(at, (at += lengths[i]!));
    if (value.length + RECORD_OVERHEAD_BYTES > record.length) record = new Uint8Array(value.length * 2);
    const mark = marks[i]!;
    const length = writeRevisionRecord(mark % 2 === 1, value, record);
    id.main = mains[i]!;
    id.sub = Math.floor(mark / 2);
    revisions.putSync(id, record.subarray(0, length));
  }
  for (let i = 0; i < deletions.length; i += 2) {
    id.main = deletions[i]!;
    id.sub = deletions[i + 1]!;
    revisions.removeSync(id);
  }
  for (const { key, value } of batch.entries) {
    if (value === undefined) entries.removeSync(key);
    else entries.putSync(key, value);
  }
  const { key, value } = encodeConsistentIndex(batch.consistentIndex, batch.consistentTerm);
  entries.putSync(key, value);
}

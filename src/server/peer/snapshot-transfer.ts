/**
 * A snapshot on its way to a peer: one POST whose body is a JSON line (term and raft mark), then chunks of
 * u32 little-endian length and bytes, ended by a chunk of length 0. A body without that end is a broken transfer.
 */
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { OperationError } from '../../base/errors.ts';
import type { MemberId, SnapshotMark } from '../../core/raft/index.ts';
import { requestPeer } from './ask.ts';
import { MAX_FRAME_BYTES } from './frames.ts';
import { identityHeaders, SNAPSHOT_PATH, type PeerIdentity } from './stream-headers.ts';
import type { OutgoingSnapshot, SnapshotSink } from './transport.ts';

const LENGTH_BYTES = 4;
const MAX_HEAD_BYTES = 1024 * 1024;
/** A chunk ends with the record that fills it, which may hold as large a value as an entry of the log brought. */
const MAX_CHUNK_BYTES = MAX_FRAME_BYTES + 1024 * 1024;
/** A peer that takes and answers nothing for so long is given up: until then raft sends it nothing else. */
const IDLE_TIMEOUT_MS = 30_000;

export interface PostOptions {
  readonly idleTimeoutMs?: number;
  /** Breaks the transfer off. */
  readonly signal?: AbortSignal;
}

/** Resolves when the peer has taken the snapshot; rejects with the reason where it has not. */
export async function postSnapshot(
  url: string,
  identity: PeerIdentity,
  tls: ConnectionOptions | undefined,
  snapshot: OutgoingSnapshot,
  { idleTimeoutMs = IDLE_TIMEOUT_MS, signal }: PostOptions = {},
): Promise<void> {
  const target = new URL(SNAPSHOT_PATH, url);
  const headers = identityHeaders(identity);
  const request = requestPeer(target, tls, { method: 'POST', headers, ...(signal && { signal }) });
  request.setTimeout(idleTimeoutMs, () => request.destroy(new Error(`no progress within ${idleTimeoutMs} ms`)));
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  // Attached at once: an error during the upload must not be unhandled while we wait for a drain.
  const failed = answered.then(
    () => undefined,
    (error: unknown) => error,
  );
  request.write(encodeHead(snapshot.term, snapshot.mark));
  for (let chunk = snapshot.next(); chunk !== undefined; chunk = snapshot.next()) {
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32LE(chunk.length);
    request.write(length);
    const hasRoom = request.write(chunk);
    if (!hasRoom) await Promise.race([once(request, 'drain'), failed]);
    // A write that the kernel takes at once drains at once too: without this, heartbeats would wait for the last chunk.
    await nextTurn();
    if (request.destroyed) break;
  }
  request.end(Buffer.alloc(LENGTH_BYTES));
  const [response] = await answered;
  response.resume();
  if (response.statusCode !== 204) throw new OperationError(`the peer refused the snapshot: ${response.statusCode}`);
}

/** Reads a posted snapshot into the sink that `open` gives for it. */
export async function receiveSnapshot(
  request: AsyncIterable<Buffer>,
  open: (term: number, mark: SnapshotMark) => SnapshotSink,
): Promise<void> {
  let sink: SnapshotSink | undefined;
  let pieces: Buffer[] = [];
  let gatheredBytes = 0;
  let wantedBytes = LENGTH_BYTES;
  try {
    for await (const piece of request) {
      pieces.push(piece);
      gatheredBytes += piece.length;
      // A long chunk comes in many pieces, which are joined once.
      if (gatheredBytes < wantedBytes) continue;
      let pending = pieces.length === 1 ? piece : Buffer.concat(pieces);
      wantedBytes = LENGTH_BYTES;
      while (pending.length >= LENGTH_BYTES) {
        const length = pending.readUInt32LE(0);
        if (length > (sink === undefined ? MAX_HEAD_BYTES : MAX_CHUNK_BYTES)) {
          throw new OperationError(`a snapshot chunk of ${length} bytes is too long`);
        }
        const end = LENGTH_BYTES + length;
        if (pending.length < end) {
          wantedBytes = end;
          break;
        }
        const body = pending.subarray(LENGTH_BYTES, end);
        pending = pending.subarray(end);
        if (sink === undefined) {
          const { term, mark } = decodeHead(body);
          sink = open(term, mark);
        } else if (length > 0) {
          sink.write(body);
        } else {
          sink.finish();
          return;
        }
      }
      pieces = [pending];
      gatheredBytes = pending.length;
    }
    throw new OperationError('the snapshot broke off before its end');
  } catch (error) {
    sink?.abort();
    throw error;
  }
}

function encodeHead(term: number, mark: SnapshotMark): Buffer {
  const text = JSON.stringify({
    term,
    index: mark.index,
    markTerm: mark.term,
    voters: mark.confState.voters.map(String),
    learners: mark.confState.learners.map(String),
  });
  const head = Buffer.allocUnsafe(LENGTH_BYTES + Buffer.byteLength(text));
  head.writeUInt32LE(head.length - LENGTH_BYTES);
  head.write(text, LENGTH_BYTES);
  return head;
}

function decodeHead(bytes: Buffer): { term: number; mark: SnapshotMark } {
  const head = JSON.parse(bytes.toString()) as Record<string, unknown>;
  const whole = (name: string): number => {
    const value = head[name];
    if (!Number.isSafeInteger(value)) throw new OperationError(`a snapshot without ${name}`);
    return value as number;
  };
  const ids = (name: string): MemberId[] => {
    const value = head[name];
    if (!Array.isArray(value)) throw new OperationError(`a snapshot without ${name}`);
    return value.map((id) => BigInt(String(id)));
  };
  const confState = { voters: ids('voters'), learners: ids('learners') };
  return { term: whole('term'), mark: { index: whole('index'), term: whole('markTerm'), confState } };
}

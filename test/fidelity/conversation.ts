/**
 * One HTTP/2 connection read from outside: the bytes of both ends go in, gRPC requests and their answers come out. Made of the
 * wire's own frame reader and decoders; what it cannot read ends the reading, never the connection.
 */
import type { Message } from '../../src/core/api/index.ts';
import { METHODS } from '../../src/core/api/index.ts';
import type { MethodName } from '../../src/core/api/index.ts';
import { MessageAssembler } from '../../src/wire/grpc/message-assembler.ts';
import { HpackDecoder } from '../../src/wire/hpack/decoder.ts';
import { FrameParser } from '../../src/wire/http2/frame-parser.ts';
import type { FrameEvents } from '../../src/wire/http2/frame-parser.ts';
import { FrameReader } from '../../src/wire/http2/frame-reader.ts';
import { codecs } from '../../src/wire/messages/index.ts';

/** Above every limit that a peer is told here. */
const MOST_BYTES = 1 << 30;
const PREFACE_BYTES = 24;

export interface StreamSeen {
  readonly method: MethodName;
  /** Fields of the request but those of HTTP/2 itself. */
  readonly metadata: ReadonlyMap<string, string>;
}

export interface Listener {
  /** Decoded anew for each call: its bytes are copies. */
  request(stream: StreamSeen, message: unknown): void;
  answer(stream: StreamSeen, message: unknown): void;
  /** `reset`: the client gave it up. */
  end(stream: StreamSeen, status: string | undefined, reset: boolean): void;
}

const BY_PATH = new Map<string, MethodName>(
  Object.entries(METHODS).map(([name, { path }]) => [path, name as MethodName]),
);

interface OpenStream {
  readonly seen: StreamSeen;
  readonly requests: MessageAssembler;
  readonly answers: MessageAssembler;
}

export class Conversation {
  private readonly listener: Listener;
  private readonly streams = new Map<number, OpenStream>();
  private readonly fromClient: FrameReader;
  private readonly fromServer: FrameReader;
  private prefaceBytes = PREFACE_BYTES;

  constructor(listener: Listener) {
    this.listener = listener;
    this.fromClient = sideOf(
      (id, fields) => this.open(id, fields),
      (id, bytes, start, end) => this.streams.get(id)?.requests.push(bytes, start, end),
      () => undefined,
      (id) => this.close(id, undefined, true),
    );
    this.fromServer = sideOf(
      (id, fields, ended) => {
        if (ended) this.close(id, fields.get('grpc-status'), false);
      },
      (id, bytes, start, end) => this.streams.get(id)?.answers.push(bytes, start, end),
      (id) => this.close(id, undefined, false),
      (id) => this.close(id, undefined, false),
    );
  }

  clientSaid(chunk: Buffer): void {
    const skipped = Math.min(this.prefaceBytes, chunk.length);
    this.prefaceBytes -= skipped;
    this.fromClient.push(chunk.subarray(skipped));
  }

  serverSaid(chunk: Buffer): void {
    this.fromServer.push(chunk);
  }

  private open(id: number, fields: Map<string, string>): void {
    const method = BY_PATH.get(fields.get(':path') ?? '');
    if (method === undefined) throw new Error(`a request of no known method: ${fields.get(':path')}`);
    const metadata = new Map([...fields].filter(([name]) => !name.startsWith(':')));
    const seen = { method, metadata };
    const { request, response } = METHODS[method];
    this.streams.set(id, {
      seen,
      requests: assembler((bytes) => this.listener.request(seen, decode(request, bytes))),
      answers: assembler((bytes) => this.listener.answer(seen, decode(response, bytes))),
    });
  }

  private close(id: number, status: string | undefined, reset: boolean): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.streams.delete(id);
    this.listener.end(stream.seen, status, reset);
  }
}

function sideOf(
  headers: (id: number, fields: Map<string, string>, ended: boolean) => void,
  data: (id: number, bytes: Buffer, start: number, end: number) => void,
  ended: (id: number) => void,
  reset: (id: number) => void,
): FrameReader {
  const decoder = new HpackDecoder(MOST_BYTES, MOST_BYTES);
  const nothing = (): void => undefined;
  const events: FrameEvents = {
    ended: false,
    headers: (id, bytes, start, end, endStream) => {
      const fields = new Map<string, string>();
      decoder.decode(bytes, start, end, (name, value) => fields.set(name, value));
      headers(id, fields, endStream);
    },
    data: (id, _frameBytes, bytes, start, end, endStream) => {
      data(id, bytes, start, end);
      if (endStream) ended(id);
    },
    resetStream: reset,
    settings: nothing,
    settingsAck: nothing,
    ping: nothing,
    pingAck: nothing,
    goaway: nothing,
    windowUpdate: nothing,
    ignoredFrame: nothing,
  };
  return new FrameReader(new FrameParser(events, MOST_BYTES), MOST_BYTES);
}

function assembler(deliver: (message: Buffer) => void): MessageAssembler {
  return new MessageAssembler({
    granted: true,
    announce: (compressed) => {
      if (compressed !== 0) throw new Error('a compressed message');
      return true;
    },
    deliver: (bytes, start, end) => {
      deliver(Buffer.from(bytes.subarray(start, end)));
      return true;
    },
  });
}

function decode(name: keyof typeof codecs, bytes: Buffer): Message<typeof name> {
  return codecs[name].decode(bytes);
}

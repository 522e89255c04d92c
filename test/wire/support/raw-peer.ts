/** The other end of a connection as bare frames, over memory and a clock that moves when told. */
import type { Duplex, DuplexHandler } from '../../../src/base/network.ts';
import { HpackDecoder } from '../../../src/wire/hpack/decoder.ts';
import { errorCodeName } from '../../../src/wire/http2/constants.ts';
import { GrpcServer } from '../../../src/wire/index.ts';
import type { ServerOptions } from '../../../src/wire/index.ts';
import { memoryPair } from '../../../src/wire/transport/memory-duplex.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { CLIENT_HELLO, parseFrames } from './frames.ts';
import type { Frame } from './frames.ts';

export class RawPeer implements DuplexHandler {
  private readonly duplex: Duplex;
  private readonly clock: ManualClock;
  private readonly decoder = new HpackDecoder(4096, 1 << 20);
  private chunks: Buffer[] = [];
  private read = 0;
  closed = false;

  constructor(duplex: Duplex, clock: ManualClock) {
    this.duplex = duplex;
    this.clock = clock;
    duplex.attach(this);
  }

  onData(chunk: Uint8Array): void {
    this.chunks.push(Buffer.from(chunk));
  }

  onDrain(): void {}

  onEnd(): void {
    this.closed = true;
    this.duplex.end();
  }

  onClose(): void {
    this.closed = true;
  }

  /** Sends bytes as they are and lets everything that follows from them happen. */
  say(...parts: readonly Buffer[]): void {
    this.duplex.write(Buffer.concat(parts));
    this.clock.settle();
  }

  stopReading(): void {
    this.duplex.pause();
  }

  startReading(): void {
    this.duplex.resume();
    this.clock.settle();
  }

  /** Every frame received so far. */
  get frames(): Frame[] {
    this.chunks = [Buffer.concat(this.chunks)];
    return parseFrames(this.chunks[0]!);
  }

  /** Frames received since the last look. */
  news(): Frame[] {
    const { frames } = this;
    const fresh = frames.slice(this.read);
    this.read = frames.length;
    return fresh;
  }

  framesOf(type: number, id?: number): Frame[] {
    return this.frames.filter((frame) => frame.type === type && (id === undefined || frame.id === id));
  }

  /** The code of the last GOAWAY by name, with its text. */
  get goodbye(): string | undefined {
    const last = this.framesOf(7).at(-1);
    return last && `${errorCodeName(last.payload.readUInt32BE(4))}: ${last.payload.toString('latin1', 8)}`;
  }

  /** The code by name of the first RST_STREAM on a stream. */
  resetOf(id: number): string | undefined {
    const first = this.framesOf(3, id)[0];
    return first && errorCodeName(first.payload.readUInt32BE(0));
  }

  /** Message bytes received on a stream, prefixes and all. */
  dataOf(id: number): Buffer {
    return Buffer.concat(this.framesOf(0, id).map(({ payload }) => payload));
  }

  /** Fields of the header blocks on a stream, later ones over earlier. Decodes every block once: call it once a test. */
  fieldsOf(id: number): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const frame of this.framesOf(1)) {
      this.decoder.decode(frame.payload, 0, frame.payload.length, (name, value) => {
        if (frame.id === id) fields[name] = value;
      });
    }
    return fields;
  }
}

export interface RawServer {
  readonly clock: ManualClock;
  readonly server: GrpcServer;
  readonly peer: RawPeer;
}

/** A server and a raw client of it that has said hello. `/t.T/Echo` answers with its request. */
export function rawServer(options: Partial<ServerOptions> = {}, chunkBytes = 65_536, hello = CLIENT_HELLO): RawServer {
  const clock = new ManualClock();
  const server = new GrpcServer({ clock, ...options });
  server.unary('/t.T/Echo', (call) => call.respond(call.request));
  const [near, far] = memoryPair(clock, { chunkBytes });
  server.serve(far, { remoteAddress: 'memory', encrypted: false });
  const peer = new RawPeer(near, clock);
  peer.say(hello);
  return { clock, server, peer };
}

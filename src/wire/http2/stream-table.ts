/** The streams of a connection that are open, by id, and the ways in which each of them ends. */
import { SequenceMap } from '../../base/sequence-map.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { ReceiveFlow } from './receive-flow.ts';
import type { SendFlow } from './send-flow.ts';
import type { Stream } from './stream.ts';

export class StreamTable {
  /** By half the id: the ids of one end are all odd. */
  private readonly byId = new SequenceMap<Stream>();
  private readonly frames: FrameWriter;
  private readonly sending: SendFlow;
  private readonly receiving: ReceiveFlow;
  private readonly onClosed: () => void;

  constructor(frames: FrameWriter, sending: SendFlow, receiving: ReceiveFlow, onClosed: () => void) {
    this.frames = frames;
    this.sending = sending;
    this.receiving = receiving;
    this.onClosed = onClosed;
  }

  get size(): number {
    return this.byId.size;
  }

  get(id: number): Stream | undefined {
    const stream = this.byId.get(id >>> 1);
    // The peer may speak of an even id.
    return stream?.id === id ? stream : undefined;
  }

  forEach(visit: (stream: Stream) => void): void {
    this.byId.forEach(visit);
  }

  all(): Stream[] {
    return this.byId.inOrder().map(([, stream]) => stream);
  }

  add(stream: Stream, id: number, sendWindow: number, receiveWindow: number): void {
    stream.id = id;
    stream.sendWindow = sendWindow;
    stream.receiveWindow = receiveWindow;
    this.byId.set(id >>> 1, stream);
  }

  /** We ended our direction; when the peer has ended its own the stream is over. */
  localEnd(stream: Stream): void {
    stream.localEnded = true;
    if (stream.remoteEnded) this.close(stream);
  }

  /** Ends a stream at once and tells the peer. The stream itself is not told. */
  reset(stream: Stream, code: number): void {
    if (stream.closed) return;
    this.frames.resetStream(stream.id, code);
    this.close(stream);
  }

  close(stream: Stream): void {
    if (stream.closed) return;
    this.byId.delete(stream.id >>> 1);
    this.detach(stream);
    this.onClosed();
  }

  /** The connection is over: every stream is told. */
  loseAll(reason: string): void {
    const orphans = this.all();
    this.byId.clear();
    for (const stream of orphans) this.detach(stream);
    for (const stream of orphans) stream.receiveLoss(reason);
  }

  private detach(stream: Stream): void {
    stream.closed = true;
    this.sending.drop(stream);
    this.receiving.returnGrant(stream);
  }
}

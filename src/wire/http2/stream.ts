/**
 * One stream: which directions are open, how much may flow in each, and what waits to be sent.
 * Who may do what in which state is RFC 9113 section 5.1; the connection keeps to it.
 */
import type { OutgoingPart } from '../blocks.ts';
import type { Connection } from './connection.ts';

/** Shared until something is queued: most calls never queue. */
const NOTHING_QUEUED: OutgoingPart[] = [];

export abstract class Stream {
  readonly connection: Connection;
  /** 0 until it is opened. */
  id = 0;
  /** We have sent END_STREAM. */
  localEnded = false;
  /** The peer has sent END_STREAM. */
  remoteEnded = false;
  /** Gone from the connection: ended both ways, or reset by either side. */
  closed = false;

  /** What we may still send. Negative after the peer has shrunk its initial window. */
  sendWindow = 0;
  /** What the peer may still send. */
  receiveWindow = 0;
  /** Taken in and used up, but not yet given back to the peer. */
  uncreditedBytes = 0;
  /** Window opened beyond the initial one for a large message. */
  grantedBytes = 0;

  /** What waits to be sent, the first from `queueOffset` on. */
  queue: OutgoingPart[] = NOTHING_QUEUED;
  queueOffset = 0;
  queuedBytes = 0;
  /** Nothing will be queued any more: end this direction once the queue is empty. */
  endsAfterQueue = false;
  /** Its sender was told to hold back and waits to hear. */
  wantsDrain = false;
  /** Links of the connection's list of streams that have something to send and window to send it in. */
  previousSender: Stream | undefined = undefined;
  nextSender: Stream | undefined = undefined;
  isSender = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Payload of DATA: `bytes[start, end)`, valid during the call. */
  abstract receiveData(bytes: Buffer, start: number, end: number, endStream: boolean): void;
  /** The stream is over before its time: reset by the peer or through its fault. `code` is HTTP/2's. */
  abstract receiveReset(code: number, reason: string): void;
  /** The stream is over because its connection is. */
  abstract receiveLoss(reason: string): void;
  /** The chunk in which `receiveData` lent its bytes is about to go: copy what is still needed. */
  abstract settle(): void;
  /** The queue is empty and `endsAfterQueue` was set: send what ends this direction. */
  abstract sendEnd(): void;
  /** Half of what waited has gone. */
  abstract notifyDrain(): void;
}

/**
 * From frames to what they mean: sizes, stream ids, padding and the order of header blocks are checked here, so that the
 * connection sees only frames that are well formed. Source: RFC 9113 sections 4.3 and 6.
 */
import { ConnectionError, ErrorCode, Flag, FrameType } from './constants.ts';
import { readUint31, readUint32 } from './frame-header.ts';
import type { FrameSink } from './frame-reader.ts';
import { HeaderAssembler } from './header-assembler.ts';

/** All payloads are `bytes[start, end)`, valid during the call. */
export interface FrameEvents {
  /** `frameBytes` counts against the windows; padding is in it, but not in the payload. */
  data(id: number, frameBytes: number, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  /** A whole header block, which must be decoded whatever becomes of its stream. */
  headers(id: number, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  resetStream(id: number, code: number): void;
  settings(bytes: Buffer, start: number, end: number): void;
  settingsAck(): void;
  ping(bytes: Buffer, start: number, end: number): void;
  pingAck(payload: bigint): void;
  goaway(lastStreamId: number, code: number, reason: string): void;
  windowUpdate(id: number, increment: number): void;
  /** PRIORITY, or a type that this end does not know. */
  ignoredFrame(): void;
  /** Nothing more is to be taken in. */
  readonly ended: boolean;
}

/** A GOAWAY's text is kept up to this. */
const MAX_REASON_BYTES = 256;

export class FrameParser implements FrameSink {
  private readonly events: FrameEvents;
  private readonly assembler: HeaderAssembler;
  private settingsSeen = false;

  constructor(events: FrameEvents, maxHeaderBlockBytes: number) {
    this.events = events;
    this.assembler = new HeaderAssembler(maxHeaderBlockBytes);
  }

  onFrame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): boolean {
    if (!this.settingsSeen) this.expectSettings(type, flags);
    if (this.assembler.streamId !== 0) this.continueHeaders(type, flags, id, bytes, start, end);
    else if (type === FrameType.Data) this.data(flags, id, bytes, start, end);
    else if (type === FrameType.Headers) this.headers(flags, id, bytes, start, end);
    else this.control(type, flags, id, bytes, start, end);
    return !this.events.ended;
  }

  private data(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    onStream(id, 'DATA');
    const frameBytes = end - start;
    if ((flags & Flag.Padded) !== 0) {
      end -= paddingBytes(bytes, start, end);
      start++;
    }
    this.events.data(id, frameBytes, bytes, start, end, (flags & Flag.EndStream) !== 0);
  }

  private headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    onStream(id, 'HEADERS');
    if ((flags & Flag.Padded) !== 0) {
      end -= paddingBytes(bytes, start, end);
      start++;
    }
    if ((flags & Flag.Priority) !== 0) start += 5;
    if (start > end) throw protocolError('HEADERS shorter than its padding or priority');
    const endStream = (flags & Flag.EndStream) !== 0;
    if ((flags & Flag.EndHeaders) !== 0) this.events.headers(id, bytes, start, end, endStream);
    else this.assembler.begin(id, endStream, bytes, start, end);
  }

  private continueHeaders(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (type !== FrameType.Continuation || id !== this.assembler.streamId) {
      throw protocolError('a header block interrupted by another frame');
    }
    this.assembler.append(bytes, start, end);
    if ((flags & Flag.EndHeaders) === 0) return;
    const { endStream } = this.assembler;
    const block = this.assembler.finish();
    this.events.headers(id, block, 0, block.length, endStream);
  }

  private control(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const { events } = this;
    const acknowledges = (flags & Flag.Ack) !== 0;
    switch (type) {
      case FrameType.WindowUpdate:
        exactly(4, start, end, 'WINDOW_UPDATE');
        events.windowUpdate(id, readUint31(bytes, start));
        return;
      case FrameType.RstStream:
        onStream(id, 'RST_STREAM');
        exactly(4, start, end, 'RST_STREAM');
        events.resetStream(id, readUint32(bytes, start));
        return;
      case FrameType.Settings:
        onConnection(id, 'SETTINGS');
        if (acknowledges) exactly(0, start, end, 'SETTINGS acknowledgement');
        if (acknowledges) events.settingsAck();
        else events.settings(bytes, start, end);
        return;
      case FrameType.Ping:
        onConnection(id, 'PING');
        exactly(8, start, end, 'PING');
        if (acknowledges) events.pingAck(bytes.readBigUInt64BE(start));
        else events.ping(bytes, start, end);
        return;
      case FrameType.Goaway: {
        onConnection(id, 'GOAWAY');
        if (end - start < 8) throw sizeError('GOAWAY');
        const reason = bytes.toString('latin1', start + 8, Math.min(end, start + 8 + MAX_REASON_BYTES));
        events.goaway(readUint31(bytes, start), readUint32(bytes, start + 4), reason);
        return;
      }
      case FrameType.Priority:
        onStream(id, 'PRIORITY');
        exactly(5, start, end, 'PRIORITY');
        events.ignoredFrame();
        return;
      case FrameType.Continuation:
        throw protocolError('CONTINUATION without HEADERS');
      case FrameType.PushPromise:
        throw protocolError('PUSH_PROMISE, which is switched off or a client may not send');
      default:
        events.ignoredFrame();
    }
  }

  private expectSettings(type: number, flags: number): void {
    if (type !== FrameType.Settings || (flags & Flag.Ack) !== 0) throw protocolError('the first frame is not SETTINGS');
    this.settingsSeen = true;
  }
}

function onStream(id: number, what: string): void {
  if (id === 0) throw protocolError(`${what} on stream 0`);
}

function onConnection(id: number, what: string): void {
  if (id !== 0) throw protocolError(`${what} on a stream`);
}

function exactly(bytes: number, start: number, end: number, what: string): void {
  if (end - start !== bytes) throw sizeError(what);
}

/** The padding at the end; its length's own byte comes on top. */
function paddingBytes(bytes: Buffer, start: number, end: number): number {
  const padding = start < end ? bytes[start]! : 0;
  if (start + 1 + padding > end) throw protocolError('padding longer than its frame');
  return padding;
}

function sizeError(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.FrameSizeError, `${what} of a wrong size`);
}

export function protocolError(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.ProtocolError, what);
}

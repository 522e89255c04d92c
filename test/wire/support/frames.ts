/** Frames by hand, to say to a server what no decent client would. */
import { HpackEncoder } from '../../../src/wire/hpack/encoder.ts';
import { PREFACE } from '../../../src/wire/http2/constants.ts';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, id: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(id, 5);
  return Buffer.concat([header, payload]);
}

/** A frame whose payload is one 32-bit number: WINDOW_UPDATE (8), RST_STREAM (3). */
export function numberFrame(type: number, id: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return frame(type, 0, id, payload);
}

export const SETTINGS = frame(4, 0, 0);
export const CLIENT_HELLO = Buffer.concat([PREFACE, SETTINGS]);

export function settingsFrame(settings: Readonly<Record<number, number>>): Buffer {
  const entries = Object.entries(settings);
  const payload = Buffer.alloc(entries.length * 6);
  entries.forEach(([id, value], i) => {
    payload.writeUInt16BE(Number(id), i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return frame(4, 0, 0, payload);
}

/** A header block that never touches the dynamic table. */
export function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  const list = Object.entries(fields).map(([name, value]) => ({ name, value, index: false }));
  return Buffer.from(new HpackEncoder().encode(list));
}

export function requestBlock(path: string, extra: Readonly<Record<string, string>> = {}): Buffer {
  return headerBlock({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': 'test',
    te: 'trailers',
    'content-type': 'application/grpc',
    ...extra,
  });
}

/** HEADERS with END_HEADERS. */
export function request(id: number, path: string, extra: Readonly<Record<string, string>> = {}): Buffer {
  return frame(1, 4, id, requestBlock(path, extra));
}

/** DATA with one gRPC message. */
export function message(id: number, text: string | Uint8Array, endStream = true): Buffer {
  return frame(0, endStream ? 1 : 0, id, grpcMessage(text));
}

export function grpcMessage(text: string | Uint8Array): Buffer {
  const body = Buffer.from(text as string);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

export function goaway(lastStreamId: number, code: number, reason = ''): Buffer {
  const payload = Buffer.alloc(8 + reason.length);
  payload.writeUInt32BE(lastStreamId, 0);
  payload.writeUInt32BE(code, 4);
  payload.write(reason, 8, 'latin1');
  return frame(7, 0, 0, payload);
}

export function parseFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let offset = 0; offset + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(offset, 3);
    frames.push({
      type: bytes[offset + 3]!,
      flags: bytes[offset + 4]!,
      id: bytes.readUInt32BE(offset + 5),
      payload: bytes.subarray(offset + 9, offset + 9 + length),
    });
    offset += 9 + length;
  }
  return frames;
}

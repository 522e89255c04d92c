/** The HTTP/2 frames of one traced connection: which stream asked what, and when its answer began to leave. */
import type { TracedCall } from './parse-trace.ts';

const PREFACE_BYTES = 24;
const FRAME_HEADER_BYTES = 9;
const DATA = 0;
const HEADERS = 1;

export interface Exchange {
  readonly stream: number;
  /** All DATA of the client on this stream. */
  readonly request: Buffer;
  /** The call that carried the first byte of the answer's HEADERS; undefined where there is none. */
  readonly answeredBy: TracedCall | undefined;
}

interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
  readonly call: TracedCall;
}

/** The exchanges of a server's connection, out of the calls that read from it and wrote to it. */
export function exchangesOf(reads: readonly TracedCall[], writes: readonly TracedCall[]): Exchange[] {
  const requests = new Map<number, Buffer[]>();
  for (const { type, stream, payload } of framesOf(reads, PREFACE_BYTES)) {
    if (type === DATA) requests.set(stream, [...(requests.get(stream) ?? []), payload]);
  }
  const answers = new Map<number, TracedCall>();
  for (const { type, stream, call } of framesOf(writes, 0)) {
    if (type === HEADERS && !answers.has(stream)) answers.set(stream, call);
  }
  return [...requests].map(([stream, pieces]) => ({
    stream,
    request: Buffer.concat(pieces),
    answeredBy: answers.get(stream),
  }));
}

/** The frames in a direction's bytes, each with the call in which it begins. */
function framesOf(calls: readonly TracedCall[], skipBytes: number): Frame[] {
  const carried = calls
    .filter(({ result }) => result > 0)
    .map((call) => {
      if (call.bytes.length < call.result)
        throw new Error(`${call.name} of ${call.result} bytes was cut by the tracer`);
      return { call, bytes: call.bytes.subarray(0, call.result) };
    });
  const stream = Buffer.concat(carried.map(({ bytes }) => bytes));
  const callAt = (offset: number): TracedCall => {
    let end = 0;
    for (const { call, bytes } of carried) if (offset < (end += bytes.length)) return call;
    throw new Error(`offset ${offset} is past the end`);
  };
  const frames: Frame[] = [];
  let offset = skipBytes;
  while (offset + FRAME_HEADER_BYTES <= stream.length) {
    const end = offset + FRAME_HEADER_BYTES + stream.readUIntBE(offset, 3);
    if (end > stream.length) break;
    frames.push({
      type: stream[offset + 3]!,
      stream: stream.readUInt32BE(offset + 5) & 0x7fffffff,
      payload: stream.subarray(offset + FRAME_HEADER_BYTES, end),
      call: callAt(offset),
    });
    offset = end;
  }
  return frames;
}

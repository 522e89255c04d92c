import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, encodeFrameParts, FrameReader, MAX_FRAME_BYTES } from '../../../src/server/peer/frames.ts';

describe('peer frames', () => {
  it('arrive whole and in order, however the stream is cut', () => {
    const frame = fc.record({ kind: fc.integer({ min: 1, max: 5 }), payload: fc.uint8Array({ maxLength: 200 }) });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (frames, cut) => {
        const bytes = Buffer.concat(frames.map(({ kind, payload }) => encodeFrame(kind, payload)));
        const read: { kind: number; payload: Uint8Array }[] = [];
        const reader = new FrameReader((kind, payload) => read.push({ kind, payload: new Uint8Array(payload) }) > 0);
        for (let i = 0; i < bytes.length; i += cut) expect(reader.push(bytes.subarray(i, i + cut))).toBe(true);
        expect(read).toEqual(frames.map(({ kind, payload }) => ({ kind, payload: new Uint8Array(payload) })));
      }),
    );
  });

  it('are the same in pieces', () => {
    const pieces = [Buffer.from('ab'), Buffer.from('c')];
    expect(Buffer.concat(encodeFrameParts(1, pieces))).toEqual(encodeFrame(1, Buffer.from('abc')));
  });

  it('that are no frames end the stream', () => {
    const reader = (): FrameReader => new FrameReader(() => true);
    const header = Buffer.alloc(5);
    header.writeUInt32LE(0);
    expect(reader().push(header)).toBe(false);
    header.writeUInt32LE(MAX_FRAME_BYTES + 1);
    expect(reader().push(header)).toBe(false);
    expect(new FrameReader(() => false).push(encodeFrame(1, Buffer.from('x')))).toBe(false);
  });
});

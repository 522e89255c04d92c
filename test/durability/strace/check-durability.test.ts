/** The checker itself: traces made up by hand, good and bad. */
import { describe, expect, it } from 'vitest';
import { checkDurability } from './check-durability.ts';
import { parseTrace } from './parse-trace.ts';

const SEGMENT = '/data/member/wal/0000000000000000-0000000000000000.wal';
const hex = (bytes: string | Buffer): string =>
  [...Buffer.from(bytes as string)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

function frame(type: number, stream: number, payload: string): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(payload)]);
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const request = (stream: number, marker: string): Buffer =>
  Buffer.concat([frame(1, stream, 'h'), frame(0, stream, marker)]);
const answer = (stream: number): Buffer =>
  Buffer.concat([frame(1, stream, 'h'), frame(0, stream, 'ok'), frame(1, stream, 't')]);

const read = (bytes: Buffer, thread = 1): string =>
  `${thread} read(20<socket:[77]>, "${hex(bytes)}", 65536) = ${bytes.length}`;
const write = (bytes: Buffer): string => `1 write(20<socket:[77]>, "${hex(bytes)}", ${bytes.length}) = ${bytes.length}`;
const append = (marker: string): string =>
  `1 pwrite64(9<${SEGMENT}>, "${hex(`record ${marker}`)}"..., 900, 4096) = 900`;
const sync = (result = '0'): string => `1 fdatasync(9<${SEGMENT}>) = ${result}`;

const check = (lines: readonly string[], markers = ['mark-1']) =>
  checkDurability(parseTrace(lines.join('\n')), markers);
const FIRST = read(Buffer.concat([PREFACE, request(1, 'mark-1')]));

describe('the durability checker', () => {
  it('accepts an answer after a sync that began after the record was written', () => {
    expect(check([FIRST, append('mark-1'), sync(), write(answer(1))])).toEqual({ answered: 1, violations: [] });
  });

  it('accepts one sync for many records', () => {
    const lines = [FIRST, read(request(3, 'mark-2')), append('mark-1'), append('mark-2'), sync()];
    const both = write(Buffer.concat([answer(1), answer(3)]));
    expect(check([...lines, both], ['mark-1', 'mark-2'])).toEqual({ answered: 2, violations: [] });
  });

  it('reports an answer without a sync', () => {
    const { violations } = check([FIRST, append('mark-1'), write(answer(1)), sync()]);
    expect(violations).toEqual(['mark-1: written at line 1, answered at line 2, no sync between']);
  });

  it('reports an answer whose sync failed', () => {
    const failed = sync('-1 EIO (Input/output error)');
    expect(check([FIRST, append('mark-1'), failed, write(answer(1))]).violations).toHaveLength(1);
  });

  it('reports an answer whose sync was of another file', () => {
    const other = `1 fdatasync(8</data/member/db/data.mdb>) = 0`;
    expect(check([FIRST, append('mark-1'), other, write(answer(1))]).violations).toHaveLength(1);
  });

  it('reports an answer without a record', () => {
    expect(check([FIRST, sync(), write(answer(1))]).violations).toHaveLength(1);
  });

  it('reports a sync that began before the record was written, though it ended after', () => {
    const begun = `2 fdatasync(9<${SEGMENT}> <unfinished ...>`;
    const resumed = `2 <... fdatasync resumed>) = 0`;
    expect(check([FIRST, begun, append('mark-1'), resumed, write(answer(1))]).violations).toHaveLength(1);
    expect(check([FIRST, append('mark-1'), begun, resumed, write(answer(1))]).violations).toEqual([]);
  });

  it('reports an answer that left while the sync was under way', () => {
    const begun = `2 fdatasync(9<${SEGMENT}> <unfinished ...>`;
    const resumed = `2 <... fdatasync resumed>) = 0`;
    expect(check([FIRST, append('mark-1'), begun, write(answer(1)), resumed]).violations).toHaveLength(1);
  });

  it('goes by the call that carries the first byte of an answer, wherever calls cut it', () => {
    const bytes = answer(1);
    const cut = [write(bytes.subarray(0, 4)), sync(), write(bytes.subarray(4))];
    expect(check([FIRST, append('mark-1'), ...cut]).violations).toHaveLength(1);
  });

  it('puts a request together from several reads', () => {
    const bytes = Buffer.concat([PREFACE, request(1, 'mark-1')]);
    const lines = [read(bytes.subarray(0, 30)), read(bytes.subarray(30)), append('mark-1'), sync(), write(answer(1))];
    expect(check(lines)).toEqual({ answered: 1, violations: [] });
  });

  it('does not count a write that was never answered', () => {
    expect(check([FIRST, append('mark-1')])).toEqual({ answered: 0, violations: [] });
  });

  it('refuses to judge bytes that the tracer has cut', () => {
    const cut = `1 write(20<socket:[77]>, "${hex('abc')}"..., 900) = 900`;
    expect(() => check([FIRST, append('mark-1'), sync(), cut])).toThrow(/cut by the tracer/);
  });
});

/** Calls as no ordinary client makes them, beside a real etcd of 3.6 or newer: HTTP status, code and text. */
import * as http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { METHODS } from '../../../src/core/api/index.ts';
import { codecs } from '../../../src/wire/messages/index.ts';
import { Workbench } from '../../cluster-e2e/support/workbench.ts';
import { describeWithNewEtcd } from '../../support/peers.ts';
import { prefixed, rawCall, type RawAnswer } from '../../support/raw-call.ts';

const MAX_MESSAGE_BYTES = 2_097_152;
const RANGE = METHODS.range.path;
const ASKED = prefixed(codecs.RangeRequest.encode({ key: 'k' }));
const GZIP = { 'grpc-encoding': 'gzip' };

interface Case {
  readonly name: string;
  readonly path?: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

const path = (path: string): Case => ({ name: `the path ${path}`, path });
const header = (name: string, value: string | undefined, body = ASKED): Case => ({
  name: `${name}: ${value ?? 'none'}`,
  headers: { [name]: value },
  body,
});

function zipped(name: string, message: Uint8Array): Case {
  return { name, path: METHODS.put.path, body: prefixed(message, 1), headers: GZIP };
}

const put = (valueBytes: number): Buffer => codecs.PutRequest.encode({ key: 'k', value: Buffer.alloc(valueBytes) });

const CASES: readonly Case[] = [
  ...['/Range', 'Range', `${RANGE}/x`, `${RANGE}?x=1`, '/a.B/C', '/etcdserverpb.kv/range', '/'].map(path),
  path('/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo'),
  ...['GET', 'PUT', 'DELETE'].map((method) => header(':method', method)),
  ...['application/grpc+proto', 'application/grpc;charset=utf8', 'text/plain', undefined].map((type) =>
    header('content-type', type),
  ),
  header('te', undefined),
  ...['0n', '1H', '99999999H', 'abc', '1h', '', '123456789S', '-1S'].map((timeout) => header('grpc-timeout', timeout)),
  ...['3.6', '', 'ä', '\xff\xfe'].map((version) => header('client-api-version', version)),
  header('hasleader', 'true'),
  header(':authority', '#initially=[http://a;http://b]'),
  header('grpc-encoding', 'deflate'),
  header('grpc-encoding', 'gzip'),
  header('grpc-encoding', 'identity', prefixed(Buffer.from('x'), 1)),
  { name: 'a compressed message of no encoding', body: prefixed(Buffer.from('x'), 1) },
  { name: 'an unknown flag', body: prefixed(Buffer.from('x'), 2) },
  zipped('a compressed message', gzipSync(put(1000))),
  zipped('a compressed message that is too large for a request', gzipSync(put(1_600_000))),
  zipped('a compressed message that is as large as one may be', gzipSync(put(MAX_MESSAGE_BYTES - 8))),
  zipped('a compressed message that is too large', gzipSync(put(MAX_MESSAGE_BYTES))),
  zipped('a compressed message that is far too large', gzipSync(put(10 * MAX_MESSAGE_BYTES))),
  zipped('a compressed message that is none', Buffer.from('hello')),
  zipped('a compressed message cut short', gzipSync(put(1000)).subarray(0, 20)),
  { name: 'a message that is too large', body: prefixed(Buffer.alloc(MAX_MESSAGE_BYTES + 1)) },
  { name: 'no message', body: Buffer.alloc(0) },
  { name: 'a message cut short', body: ASKED.subarray(0, 6) },
  { name: 'two messages', body: Buffer.concat([ASKED, ASKED]) },
  { name: 'no key', body: prefixed(Buffer.alloc(0)) },
  { name: 'the health of a service that is not there', path: METHODS.healthCheck.path, body: ASKED },
];

/** What we answer otherwise: no client made for gRPC asks so. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  ['no message', 'etcd: Unknown, EOF'],
  ['a message cut short', 'etcd: Unknown, unexpected EOF'],
  ['two messages', 'etcd answers the first'],
]);

/** Every implementation words these after its own parser; the code is the same. */
const OWN_WORDS =
  /^(malformed grpc-timeout|grpc: failed to (decompress the message|read decompressed data): |[Ii]nvalid gRPC request method|Received a HEADERS frame with :method)/;

describeWithNewEtcd('beside a real etcd, calls that are odd', () => {
  let bench: Workbench;
  const sessions: http2.ClientHttp2Session[] = [];

  beforeAll(async () => {
    bench = new Workbench();
    for (const program of ['bundled', 'etcd'] as const) {
      const { clientUrl } = await bench.member({ program }, program);
      sessions.push(http2.connect(clientUrl));
    }
  });
  afterAll(async () => {
    for (const session of sessions) session.destroy();
    await bench.close();
  });

  it('are answered alike', async () => {
    const told = ({ httpStatus, code, message }: RawAnswer): object => ({
      httpStatus,
      code,
      message: OWN_WORDS.test(message) ? 'in its own words' : message,
    });
    const otherwise: string[] = [];
    for (const { name, path = RANGE, body = ASKED, headers } of CASES) {
      const [ours, theirs] = await Promise.all(sessions.map((session) => rawCall(session, path, body, headers)));
      if (OTHERWISE.has(name)) {
        if (JSON.stringify(told(ours!)) !== JSON.stringify(told(theirs!))) otherwise.push(name);
      } else expect({ name, ...told(ours!) }).toEqual({ name, ...told(theirs!) });
    }
    expect(otherwise).toEqual([...OTHERWISE.keys()]);
  });
});

/** One gRPC call spoken by node:http2, which says whatever it is told to, however wrong. */
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';

export interface RawAnswer {
  readonly httpStatus: number | undefined;
  readonly code: number | undefined;
  readonly message: string;
  /** Messages and their prefixes, as they came. */
  readonly body: Buffer;
}

/** A message behind its prefix. */
export function prefixed(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Sends `body` and ends; a header that is undefined is left out. */
export function rawCall(
  session: ClientHttp2Session,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<RawAnswer> {
  const sent: OutgoingHttpHeaders = {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) delete sent[name];
    else sent[name] = value;
  }
  return new Promise((resolve, reject) => {
    const stream = session.request(sent, { endStream: false });
    const pieces: Buffer[] = [];
    let head: IncomingHttpHeaders = {};
    stream.on('response', (fields) => (head = { ...head, ...fields }));
    stream.on('trailers', (fields: IncomingHttpHeaders) => (head = { ...head, ...fields }));
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('error', reject);
    stream.on('close', () => {
      const code = head['grpc-status'];
      resolve({
        httpStatus: head[':status'] as number | undefined,
        code: code === undefined ? undefined : Number(code),
        message: decodeURIComponent(String(head['grpc-message'] ?? '')),
        body: Buffer.concat(pieces),
      });
    });
    stream.end(body);
  });
}

/** A request's header fields, read into what a call needs to begin. Source: gRPC over HTTP/2, "Requests". */
import type { HpackDecoder } from '../hpack/decoder.ts';
import { BlockCache } from '../hpack/block-cache.ts';
import { toMessageEncoding, type MessageEncoding } from './compression.ts';
import { Metadata } from './metadata.ts';
import { parseTimeout } from './timeout.ts';
import { StatusCode } from './status.ts';

/** Why a request cannot become a call: answered with this HTTP status and gRPC status. */
export interface Rejection {
  readonly httpStatus: number;
  readonly code: StatusCode;
  readonly message: string;
}

/** What one header block says. Shared by all calls whose block was the same, so never changed. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly contentType: string;
  readonly metadata: Metadata;
  readonly timeoutMs: number | undefined;
  /** How its messages may be compressed. */
  readonly encoding: MessageEncoding;
  /** HTTP/2 itself forbids it: the stream is reset. */
  readonly malformed: boolean;
  readonly isGrpc: boolean;
  readonly rejection: Rejection | undefined;
}

const GRPC_CONTENT_TYPE = /^application\/grpc(?:$|[+;])/;
const FORBIDDEN = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
/** Known to gRPC or HTTP/2 and of no meaning to a handler. */
const CONSUMED = new Set(['te', 'grpc-encoding', 'grpc-accept-encoding', 'accept-encoding', 'content-length']);

export class RequestHeadReader {
  private readonly decoder: HpackDecoder;
  private readonly cache = new BlockCache<RequestHead>();

  constructor(decoder: HpackDecoder) {
    this.decoder = decoder;
  }

  /** Throws ConnectionError where the compression is broken. */
  read(block: Buffer, start: number, end: number): RequestHead {
    const { decoder } = this;
    const { version } = decoder;
    const known = this.cache.find(block, start, end, version);
    if (known !== undefined) return known;
    const fields = new RequestFields();
    decoder.decode(block, start, end, fields.sink);
    const head = fields.finish(decoder.malformed, decoder.tooLarge);
    if (decoder.version === version) this.cache.store(block, start, end, version, head);
    return head;
  }
}

class RequestFields {
  private readonly pseudo = new Map<string, string>();
  private readonly fields: string[] = [];
  private contentType = '';
  private timeout: string | undefined;
  private encoding = 'identity';
  private malformed = false;

  readonly sink = (name: string, value: string): void => {
    if (name.charCodeAt(0) === 0x3a) this.takePseudo(name, value);
    else if (name === 'content-type') this.contentType = value;
    else if (name === 'grpc-timeout') this.timeout = value;
    else if (FORBIDDEN.has(name) || (name === 'te' && value !== 'trailers')) this.malformed = true;
    else if (name === 'grpc-encoding') this.encoding = value;
    else if (!CONSUMED.has(name)) this.fields.push(name, value);
  };

  private takePseudo(name: string, value: string): void {
    const known = name === ':method' || name === ':path' || name === ':scheme' || name === ':authority';
    // Each at most once, and all of them before the first ordinary field.
    if (!known || this.pseudo.has(name) || this.fields.length > 0 || this.contentType !== '') this.malformed = true;
    this.pseudo.set(name, value);
  }

  finish(decoderFoundMalformed: boolean, tooLarge: boolean): RequestHead {
    const method = this.pseudo.get(':method');
    const path = this.pseudo.get(':path');
    const complete = method !== undefined && path !== undefined && path !== '' && this.pseudo.has(':scheme');
    const timeoutMs = this.timeout === undefined ? undefined : parseTimeout(this.timeout);
    return {
      method: method ?? '',
      path: path ?? '',
      authority: this.pseudo.get(':authority') ?? '',
      contentType: this.contentType,
      metadata: Metadata.fromWire(this.fields),
      timeoutMs,
      encoding: toMessageEncoding(this.encoding) ?? 'identity',
      malformed: !tooLarge && (this.malformed || decoderFoundMalformed || !complete),
      isGrpc: GRPC_CONTENT_TYPE.test(this.contentType),
      rejection: tooLarge ? HEADERS_TOO_LARGE : this.rejection(method ?? '', timeoutMs),
    };
  }

  private rejection(method: string, timeoutMs: number | undefined): Rejection | undefined {
    const refuse = (httpStatus: number, code: StatusCode, message: string): Rejection => ({
      httpStatus,
      code,
      message,
    });
    const { contentType, timeout, encoding } = this;
    if (!GRPC_CONTENT_TYPE.test(contentType)) {
      return refuse(
        415,
        StatusCode.InvalidArgument,
        `invalid gRPC request content-type ${JSON.stringify(contentType)}`,
      );
    }
    if (method !== 'POST')
      return refuse(405, StatusCode.Internal, `invalid gRPC request method ${JSON.stringify(method)}`);
    if (timeout !== undefined && timeoutMs === undefined) {
      return refuse(400, StatusCode.Internal, `malformed grpc-timeout ${JSON.stringify(timeout)}`);
    }
    if (toMessageEncoding(encoding) === undefined) {
      const text = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`;
      return refuse(200, StatusCode.Unimplemented, text);
    }
    return undefined;
  }
}

const HEADERS_TOO_LARGE: Rejection = {
  httpStatus: 200,
  code: StatusCode.ResourceExhausted,
  message: 'grpc: header list larger than the limit',
};

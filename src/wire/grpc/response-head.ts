/** A response's headers or trailers, read into what a caller needs. Source: gRPC over HTTP/2, "Responses". */
import type { HpackDecoder } from '../hpack/decoder.ts';
import { BlockCache } from '../hpack/block-cache.ts';
import { Metadata } from './metadata.ts';
import { decodeStatusMessage } from './status-message.ts';
import { GrpcError, StatusCode, toStatusCode } from './status.ts';

export interface ResponseHead {
  /** 0 in trailers, which have none. */
  readonly httpStatus: number;
  readonly isGrpc: boolean;
  readonly grpcStatus: number | undefined;
  readonly grpcMessage: string;
  readonly metadata: Metadata;
  readonly malformed: boolean;
}

export class ResponseHeadReader {
  private readonly decoder: HpackDecoder;
  private readonly cache = new BlockCache<ResponseHead>();

  constructor(decoder: HpackDecoder) {
    this.decoder = decoder;
  }

  /** Throws ConnectionError where the compression is broken. */
  read(block: Buffer, start: number, end: number): ResponseHead {
    const { decoder } = this;
    const { version } = decoder;
    const known = this.cache.find(block, start, end, version);
    if (known !== undefined) return known;
    const head = this.decode(block, start, end);
    if (decoder.version === version) this.cache.store(block, start, end, version, head);
    return head;
  }

  private decode(block: Buffer, start: number, end: number): ResponseHead {
    let httpStatus = 0;
    let isGrpc = false;
    let grpcStatus: number | undefined;
    let grpcMessage = '';
    const fields: string[] = [];
    this.decoder.decode(block, start, end, (name, value) => {
      if (name === ':status') httpStatus = Number(value);
      else if (name === 'content-type') isGrpc = value.startsWith('application/grpc');
      else if (name === 'grpc-status') grpcStatus = /^[0-9]{1,9}$/.test(value) ? Number(value) : StatusCode.Unknown;
      else if (name === 'grpc-message') grpcMessage = decodeStatusMessage(value);
      else fields.push(name, value);
    });
    const malformed = this.decoder.malformed || this.decoder.tooLarge;
    return { httpStatus, isGrpc, grpcStatus, grpcMessage, metadata: Metadata.fromWire(fields), malformed };
  }
}

/** What a call that ended with these trailers has come to; undefined is Ok. */
export function errorFromTrailers(head: ResponseHead): GrpcError | undefined {
  if (head.grpcStatus === StatusCode.Ok) return undefined;
  if (head.grpcStatus !== undefined) {
    return new GrpcError(toStatusCode(head.grpcStatus), head.grpcMessage, { metadata: head.metadata });
  }
  if (head.httpStatus === 0) return new GrpcError(StatusCode.Internal, 'the response ended without grpc-status');
  return errorFromHttpStatus(head.httpStatus);
}

/** What answered was not gRPC. Source: gRPC's "HTTP to gRPC Status Code Mapping". */
export function errorFromHttpStatus(httpStatus: number): GrpcError {
  const code = HTTP_TO_GRPC.get(httpStatus) ?? StatusCode.Unknown;
  return new GrpcError(code, `the server answered with HTTP status ${httpStatus} instead of gRPC`);
}

const HTTP_TO_GRPC = new Map<number, StatusCode>([
  [400, StatusCode.Internal],
  [401, StatusCode.Unauthenticated],
  [403, StatusCode.PermissionDenied],
  [404, StatusCode.Unimplemented],
  [429, StatusCode.Unavailable],
  [502, StatusCode.Unavailable],
  [503, StatusCode.Unavailable],
  [504, StatusCode.Unavailable],
]);

/**
 * gRPC status codes and the error that carries one.
 *
 * Source: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
import { Metadata } from './metadata.ts';

export const StatusCode = {
  Ok: 0,
  Cancelled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const;

export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** Go spells two of the names otherwise, and etcd's metrics with it. */
const GO_SPELLING: Readonly<Record<string, string>> = { Ok: 'OK', Cancelled: 'Canceled' };
const NAMES = Object.keys(StatusCode).map((name) => GO_SPELLING[name] ?? name);
const LAST_CODE = StatusCode.Unauthenticated;

/** `OK` for 0, `Unavailable` for 14; a code outside the standard reads `Code(99)`, as Go prints it. */
export function statusName(code: number): string {
  return NAMES[code] ?? `Code(${code})`;
}

/** A code as it came off the wire; what the standard does not know counts as Unknown. */
export function toStatusCode(code: number): StatusCode {
  return Number.isInteger(code) && code >= 0 && code <= LAST_CODE ? (code as StatusCode) : StatusCode.Unknown;
}

/** How a call ended when not with Ok. `message` is the server's text, unchanged. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: StatusCode;
  /** The trailers that came with it. */
  readonly metadata: Metadata;
  /** True when the server certainly did not begin the call, so that sending it again cannot do it twice. */
  readonly unprocessed: boolean;

  constructor(code: StatusCode, message: string, options: { metadata?: Metadata; unprocessed?: boolean } = {}) {
    super(message);
    this.code = code;
    this.metadata = options.metadata ?? Metadata.empty;
    this.unprocessed = options.unprocessed ?? false;
  }
}

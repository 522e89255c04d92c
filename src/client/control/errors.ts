import { status, type ServiceError } from '@grpc/grpc-js';
import { OperationError } from '../../base/errors.ts';
import { apiErrorFrom, type ApiError } from '../../core/api/index.ts';
import type { Reason } from './diagnose.ts';

/** An endpoint that cannot be talked to, or that stopped answering. */
export class EndpointError extends OperationError {
  readonly endpoint: string;
  /** 'deadline': it is reachable, but the call did not come back in time. */
  readonly reason: Reason | 'deadline';
  /** The request did not leave, so that another endpoint may be tried whatever it asked for. */
  readonly unsent: boolean;

  constructor(endpoint: string, reason: Reason | 'deadline', text: string, unsent: boolean) {
    super(`${endpoint} ${text}`);
    this.endpoint = endpoint;
    this.reason = reason;
    this.unsent = unsent;
  }
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** What etcd said, by its error table; undefined where the words are gRPC's own about the connection. */
export function answeredError(
  endpoint: string,
  path: string,
  error: ServiceError,
): ApiError | EndpointError | undefined {
  const known = apiErrorFrom(error.code, error.details);
  if (known.name !== 'other') return known;
  const http = /HTTP status code:? (\d+)/.exec(error.details);
  if (http !== null) {
    return new EndpointError(endpoint, 'not-etcd', `answers a gRPC call with HTTP ${http[1]}: it is not etcd`, false);
  }
  switch (error.code) {
    case status.UNIMPLEMENTED:
      return new EndpointError(endpoint, 'not-etcd', `does not know ${path}: it is not etcd, or too old for it`, false);
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return undefined;
    case status.INTERNAL:
      // What grpc-js says of a message that our codec refuses, and of a stream that broke.
      if (/parsing error/.test(error.details)) {
        return new EndpointError(endpoint, 'not-etcd', `answers ${path} with bytes that are no answer to it`, false);
      }
      return /RST_STREAM/.test(error.details) ? undefined : known;
    default:
      return known;
  }
}

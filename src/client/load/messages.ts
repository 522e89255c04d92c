/** Load requests as bytes, and what a gRPC status means for a write. */
import { GrpcCode, METHODS } from '../../core/api/index.ts';
import type { LoadMethod, LoadRequest } from '../../core/workload/index.ts';
import { codecs } from '../../wire/messages/index.ts';
import type { LoadError } from './types.ts';

/** The HTTP/2 path of a method. */
export function pathOf(method: LoadMethod): string {
  return METHODS[method].path;
}

const CODECS = {
  range: codecs.RangeRequest,
  txn: codecs.TxnRequest,
  put: codecs.PutRequest,
  compact: codecs.CompactionRequest,
  leaseGrant: codecs.LeaseGrantRequest,
  leaseRevoke: codecs.LeaseRevokeRequest,
  leaseKeepAlive: codecs.LeaseKeepAliveRequest,
  status: codecs.StatusRequest,
} satisfies Record<LoadMethod, unknown>;

type AnyCodec = (typeof codecs)['PutRequest'];

/** How many bytes a request takes, and how to write it: of the request that it was given last. */
export class RequestMessage {
  size = 0;
  readonly write: (into: Buffer, offset: number) => number;
  private codec: AnyCodec = codecs.PutRequest;
  private request: Parameters<AnyCodec['size']>[0] = {};

  constructor() {
    this.write = (into, offset) => this.codec.write(this.request, into, offset);
  }

  of(load: LoadRequest): this {
    // Each method's codec fits its request; the compiler cannot see that pairing through the union.
    this.codec = CODECS[load.method] as AnyCodec;
    this.request = load.request as Parameters<AnyCodec['size']>[0];
    this.size = this.codec.size(this.request);
    return this;
  }
}

const NAMES = new Map<number, string>(Object.entries(GrpcCode).map(([name, code]) => [code, name]));

/**
 * Codes after which nobody knows whether the request was carried out. A server that refuses a bad argument or a revision
 * that is not there has done nothing. One that is out of space may have: etcd checks its quota again when it applies,
 * carries the write out, and answers with the error all the same (quotaApplierV3, seen on 3.4.23).
 */
const OUTCOME_UNKNOWN: ReadonlySet<number> = new Set([
  GrpcCode.CANCELLED,
  GrpcCode.UNKNOWN,
  GrpcCode.DEADLINE_EXCEEDED,
  GrpcCode.ABORTED,
  GrpcCode.INTERNAL,
  GrpcCode.RESOURCE_EXHAUSTED,
  GrpcCode.UNAVAILABLE,
]);

export function loadError(code: number, message: string): LoadError {
  return { code: NAMES.get(code) ?? `CODE_${code}`, message, mayHaveHappened: OUTCOME_UNKNOWN.has(code) };
}

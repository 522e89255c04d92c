/**
 * What stands between the log and the store: each applier passes a request on or refuses it by throwing an ApiError.
 * An alarm on any member refuses the same requests on all, because alarms come through the log as well.
 */
import { AlarmType, apiError } from '../api/index.ts';
import type {
  InternalRaftRequest,
  Message,
  RangeResponse,
  DeleteRangeResponse,
  PutResponse,
  TxnResponse,
} from '../api/types.ts';
import type { Alarms } from './alarms.ts';
import { requestCost } from './quota.ts';
import type { OpenedTxn } from './read-txn.ts';

/**
 * What the store answers; keys and values are encoded KeyValues. The header says the revision alone. A transaction that only
 * reads has not been read yet: who wants its answer reads it, piece by piece.
 */
export type StoreResponse =
  | OpenedTxn
  | RangeResponse<Uint8Array>
  | PutResponse<Uint8Array>
  | DeleteRangeResponse<Uint8Array>
  | TxnResponse<Uint8Array>
  | Message<'CompactionResponse'>
  | Message<'LeaseGrantResponse'>
  | Message<'LeaseRevokeResponse'>
  | Message<'LeaseCheckpointResponse'>
  | Message<'AlarmResponse'>;

export interface Applier {
  apply(request: InternalRaftRequest, nowMs: number): StoreResponse;
}

/** Reports noSpace for a write that has gone over the quota. The write stands: members differ in size, not in content. */
export class QuotaApplier implements Applier {
  private readonly next: Applier;
  private readonly hasRoomFor: (costBytes: number) => boolean;

  constructor(next: Applier, hasRoomFor: (costBytes: number) => boolean) {
    this.next = next;
    this.hasRoomFor = hasRoomFor;
  }

  apply(request: InternalRaftRequest, nowMs: number): StoreResponse {
    const hasRoom = this.hasRoomFor(requestCost(request));
    const response = this.next.apply(request, nowMs);
    if (!hasRoom) throw apiError('noSpace');
    return response;
  }
}

/** While NOSPACE is raised: nothing that needs room. */
export class NoSpaceApplier implements Applier {
  private readonly next: Applier;
  private readonly alarms: Alarms;

  constructor(next: Applier, alarms: Alarms) {
    this.next = next;
    this.alarms = alarms;
  }

  apply(request: InternalRaftRequest, nowMs: number): StoreResponse {
    if (this.alarms.isActive(AlarmType.NOSPACE) && requestCost(request) > 0) throw apiError('noSpace');
    return this.next.apply(request, nowMs);
  }
}

/** While CORRUPT is raised: nothing that reads or changes keys, nor leases. */
export class CorruptApplier implements Applier {
  private readonly next: Applier;
  private readonly alarms: Alarms;

  constructor(next: Applier, alarms: Alarms) {
    this.next = next;
    this.alarms = alarms;
  }

  apply(request: InternalRaftRequest, nowMs: number): StoreResponse {
    if (
      this.alarms.isActive(AlarmType.CORRUPT) &&
      request.alarm === undefined &&
      request.leaseCheckpoint === undefined
    ) {
      throw apiError('corrupt');
    }
    return this.next.apply(request, nowMs);
  }
}

/** The innermost applier: does what the request says. */
import type { InternalRaftRequest, Message } from '../api/types.ts';
import { AssertionError } from '../../base/errors.ts';
import type { Alarms } from './alarms.ts';
import type { Applier, StoreResponse } from './appliers.ts';
import type { Compactor } from './compactor.ts';
import { headerAt } from './header.ts';
import type { Lessor } from './lessor.ts';
import { range } from './range.ts';
import { onlyReads, OpenedTxn } from './read-txn.ts';
import type { RevisionStore } from './revision-store.ts';
import { checkPut, deleteKey, deleteRange, put, txn } from './write.ts';

export class StoreApplier implements Applier {
  readonly store: RevisionStore;
  readonly lessor: Lessor;
  private readonly alarms: Alarms;
  private readonly compactor: Compactor;

  constructor(store: RevisionStore, lessor: Lessor, alarms: Alarms, compactor: Compactor) {
    this.store = store;
    this.lessor = lessor;
    this.alarms = alarms;
    this.compactor = compactor;
  }

  apply(request: InternalRaftRequest, nowMs: number): StoreResponse {
    if (request.put !== undefined) {
      checkPut(this, request.put);
      return put(this, request.put);
    }
    if (request.txn !== undefined)
      return onlyReads(request.txn) ? new OpenedTxn(this.store, request.txn) : txn(this, request.txn);
    if (request.deleteRange !== undefined) return deleteRange(this, request.deleteRange);
    if (request.range !== undefined) return range(this.store, request.range);
    if (request.leaseGrant !== undefined) return this.grant(request.leaseGrant, nowMs);
    if (request.leaseRevoke !== undefined) return this.revoke(request.leaseRevoke.id);
    if (request.leaseCheckpoint !== undefined) return this.checkpoint(request.leaseCheckpoint, nowMs);
    if (request.compaction !== undefined) return this.compact(request.compaction.revision);
    if (request.alarm !== undefined) return this.alarm(request.alarm);
    throw new AssertionError('the store was given a request that is not its own');
  }

  private grant({ id, ttl }: Message<'LeaseGrantRequest'>, nowMs: number): Message<'LeaseGrantResponse'> {
    const granted = this.lessor.grant(id, ttl, nowMs);
    return { header: this.header(), id, ttl: granted, error: '' };
  }

  private revoke(id: bigint): Message<'LeaseRevokeResponse'> {
    for (const key of this.lessor.keysOf(id)) {
      const slot = this.store.index.find(key);
      if (slot !== undefined) deleteKey(this, key, slot);
    }
    this.lessor.drop(id);
    return { header: this.header() };
  }

  private checkpoint(
    { checkpoints }: Message<'LeaseCheckpointRequest'>,
    nowMs: number,
  ): Message<'LeaseCheckpointResponse'> {
    for (const { id, remainingTtl } of checkpoints) this.lessor.checkpoint({ id, remainingTtlS: remainingTtl }, nowMs);
    return { header: this.header() };
  }

  private compact(revision: number): Message<'CompactionResponse'> {
    this.compactor.schedule(revision);
    return { header: this.header() };
  }

  private alarm(request: Message<'AlarmRequest'>): Message<'AlarmResponse'> {
    return { header: this.header(), alarms: this.alarms.apply(request) };
  }

  private header(): Message<'ResponseHeader'> {
    return headerAt(this.store.readRevision);
  }
}

/**
 * The space quota: what a request may cost, and whether there is room for it.
 *
 * Source: etcd v3.6 server/storage/quota.go.
 */
import type { InternalRaftRequest, PutRequest, RequestOp, TxnRequest } from '../api/types.ts';

/** What a limit of 0 means. */
export const DEFAULT_QUOTA_BYTES = 2 * 1024 * 1024 * 1024;

/** Room taken by a key-value pair beside its bytes; a lease counts 64. */
const PUT_OVERHEAD_BYTES = 256;
const LEASE_BYTES = 64;

/** The limit in force for a setting: 0 stands for the default, a negative one switches the quota off. */
export function effectiveQuotaBytes(quotaBytes: number): number {
  if (quotaBytes < 0) return Infinity;
  return quotaBytes === 0 ? DEFAULT_QUOTA_BYTES : quotaBytes;
}

/** The requests that take room, one of which is given. */
export type CostlyRequest = Partial<Pick<InternalRaftRequest, 'put' | 'txn' | 'leaseGrant'>>;

/** The bytes that a request may add to the backend; 0 for one that is never refused for want of space. */
export function requestCost(request: CostlyRequest): number {
  if (request.put !== undefined) return putCost(request.put);
  if (request.txn !== undefined) return txnCost(request.txn);
  return request.leaseGrant === undefined ? 0 : LEASE_BYTES;
}

function putCost(request: PutRequest): number {
  return PUT_OVERHEAD_BYTES + request.key.length + request.value.length;
}

/** That of the dearer branch, nested transactions included. */
function txnCost(request: TxnRequest): number {
  return Math.max(branchCost(request.success), branchCost(request.failure));
}

function branchCost(ops: readonly RequestOp[]): number {
  let cost = 0;
  for (const { requestPut, requestTxn } of ops) {
    if (requestPut !== undefined) cost += putCost(requestPut);
    else if (requestTxn !== undefined) cost += txnCost(requestTxn);
  }
  return cost;
}

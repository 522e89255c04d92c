/**
 * What etcd refuses before a request is proposed. All pure; each throws the ApiError that etcd answers.
 *
 * Source: etcd v3.6 server/etcdserver/api/v3rpc/key.go.
 */
import type { ByteString } from '../../base/bytes.ts';
import { apiError, SortOrder, SortTarget } from '../api/index.ts';
import type { DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest } from '../api/types.ts';
import { KeyIntervals } from './key-intervals.ts';

/** etcd's default of --max-txn-ops. */
export const DEFAULT_MAX_TXN_OPS = 128;

export function checkRangeRequest(request: RangeRequest): void {
  if (request.key === '') throw apiError('emptyKey');
  const { sortOrder, sortTarget } = request;
  const known =
    sortOrder >= SortOrder.NONE &&
    sortOrder <= SortOrder.DESCEND &&
    sortTarget >= SortTarget.KEY &&
    sortTarget <= SortTarget.VALUE;
  if (!known) throw apiError('invalidSortOption');
}

export function checkPutRequest(request: PutRequest): void {
  if (request.key === '') throw apiError('emptyKey');
  if (request.ignoreValue && request.value.length > 0) throw apiError('valueProvided');
  if (request.ignoreLease && request.lease !== 0n) throw apiError('leaseProvided');
}

export function checkDeleteRangeRequest(request: DeleteRangeRequest): void {
  if (request.key === '') throw apiError('emptyKey');
}

export function checkTxnRequest(request: TxnRequest, maxTxnOps: number = DEFAULT_MAX_TXN_OPS): void {
  checkTxnShape(request, maxTxnOps);
  checkDuplicates(request.success);
  checkDuplicates(request.failure);
}

/** A nested transaction may use what its parent has left of the limit. */
function checkTxnShape(request: TxnRequest, maxTxnOps: number): void {
  const ops = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (ops > maxTxnOps) throw apiError('tooManyOps');
  for (const compare of request.compare) if (compare.key === '') throw apiError('emptyKey');
  for (const op of request.success) checkOp(op, maxTxnOps - ops);
  for (const op of request.failure) checkOp(op, maxTxnOps - ops);
}

function checkOp(op: RequestOp, maxTxnOps: number): void {
  if (op.requestRange !== undefined) checkRangeRequest(op.requestRange);
  else if (op.requestPut !== undefined) checkPutRequest(op.requestPut);
  else if (op.requestDeleteRange !== undefined) checkDeleteRangeRequest(op.requestDeleteRange);
  else if (op.requestTxn !== undefined) checkTxnShape(op.requestTxn, maxTxnOps);
  else throw apiError('keyNotFound');
}

interface Touched {
  readonly puts: Set<ByteString>;
  readonly deletions: KeyIntervals;
}

/**
 * A branch must not put a key twice, nor put a key that it deletes. The two branches of a nested transaction exclude each
 * other, so they may share puts. As in etcd, what one nested transaction puts may be deleted by a later one. etcd's test
 * takes a range_end of `\0` literally: such a deletion conflicts with no put.
 */
function checkDuplicates(ops: readonly RequestOp[]): Touched {
  const puts = new Set<ByteString>();
  const deletions = new KeyIntervals();
  for (const { requestDeleteRange: deletion } of ops) {
    if (deletion !== undefined)
      deletions.add(deletion.key, deletion.rangeEnd === '' ? deletion.key + '\0' : deletion.rangeEnd);
  }
  const claim = (key: ByteString): void => {
    if (puts.has(key) || deletions.has(key)) throw apiError('duplicateKey');
    puts.add(key);
  };
  for (const { requestTxn: nested } of ops) {
    if (nested === undefined) continue;
    const then = checkDuplicates(nested.success);
    const otherwise = checkDuplicates(nested.failure);
    for (const key of then.puts) claim(key);
    for (const key of otherwise.puts) if (!then.puts.has(key)) claim(key);
    deletions.addAll(then.deletions);
    deletions.addAll(otherwise.deletions);
  }
  for (const { requestPut: put } of ops) if (put !== undefined) claim(put.key);
  return { puts, deletions };
}

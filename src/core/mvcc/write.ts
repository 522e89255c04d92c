/** Put, DeleteRange and Txn within a write session. None of them ends the session. */
import type { ByteString } from '../../base/bytes.ts';
import { assert } from '../../base/errors.ts';
import { apiError } from '../api/index.ts';
import { leaseOf, valueOf } from '../api/key-value.ts';
import type {
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RequestOp,
  ResponseOp,
  TxnRequest,
  TxnResponse,
} from '../api/types.ts';
import { allHold } from './compare.ts';
import { headerAt } from './header.ts';
import { keyRange } from './key-range.ts';
import type { Lessor } from './lessor.ts';
import { range } from './range.ts';
import type { RevisionStore } from './revision-store.ts';

/** What writes work on. */
export interface WriteTarget {
  readonly store: RevisionStore;
  readonly lessor: Lessor;
}

/** What must hold before a Put outside a transaction. Throws leaseNotFound or keyNotFound. */
export function checkPut({ store, lessor }: WriteTarget, request: PutRequest): void {
  if (request.lease !== 0n && !lessor.has(request.lease)) throw apiError('leaseNotFound');
  if (needsKey(request) && store.index.find(request.key) === undefined) throw apiError('keyNotFound');
}

/**
 * Cannot fail. Where an earlier operation of the same transaction has deleted the key that ignore_value or ignore_lease
 * relies on, there is nothing to keep: the value is empty, the lease none. (etcd ends the process there.)
 */
export function put({ store, lessor }: WriteTarget, request: PutRequest): PutResponse<Uint8Array> {
  let { value, lease } = request;
  let prevKv: Uint8Array | undefined;
  if (request.prevKv || needsKey(request)) {
    const slot = store.index.find(request.key);
    const before = slot === undefined ? undefined : store.currentKeyValue(slot);
    if (before !== undefined && request.ignoreValue) value = valueOf(before);
    if (before !== undefined && request.ignoreLease) lease = leaseOf(before);
    if (request.prevKv) prevKv = before;
  }
  store.put(request.key, value, lease);
  lessor.attach(request.key, lease);
  return { header: headerAt(store.readRevision), prevKv };
}

function needsKey(request: PutRequest): boolean {
  return request.ignoreValue || request.ignoreLease;
}

export function deleteRange(target: WriteTarget, request: DeleteRangeRequest): DeleteRangeResponse<Uint8Array> {
  const { store } = target;
  const victims = store.liveKeys(keyRange(request.key, request.rangeEnd));
  const prevKvs = request.prevKv ? victims.map(([, slot]) => store.currentKeyValue(slot)) : [];
  for (const [key, slot] of victims) deleteKey(target, key, slot);
  return { header: headerAt(store.readRevision), deleted: victims.length, prevKvs };
}

/** Deletes one key that has a value. */
export function deleteKey({ store, lessor }: WriteTarget, key: ByteString, slot: number): void {
  store.delete(key, slot);
  lessor.attach(key, 0n);
}

/**
 * Conditions, nested ones too, are judged on the state before the transaction, and so are the taken operations: should
 * one not be possible, nothing has been written. Throws what the refused operation would.
 */
export function txn(target: WriteTarget, request: TxnRequest): TxnResponse<Uint8Array> {
  const outcomes: boolean[] = [];
  judge(target.store, request, outcomes);
  forTaken(request, outcomes[Symbol.iterator](), (op) => checkOp(target, op));
  const response = run(target, request, outcomes[Symbol.iterator]());
  response.header = headerAt(target.store.readRevision);
  return response;
}

export type Outcomes = Iterator<boolean>;

/** Adds whether each transaction succeeds: this one, then the nested ones of its taken branch, depth first. */
function judge(store: RevisionStore, request: TxnRequest, outcomes: boolean[]): void {
  const succeeded = allHold(store, request.compare);
  outcomes.push(succeeded);
  for (const { requestTxn } of succeeded ? request.success : request.failure) {
    if (requestTxn !== undefined) judge(store, requestTxn, outcomes);
  }
}

/** Visits the operations that will be done, those of nested transactions in their place. */
function forTaken(request: TxnRequest, outcomes: Outcomes, visit: (op: RequestOp) => void): void {
  for (const op of outcomes.next().value === true ? request.success : request.failure) {
    if (op.requestTxn === undefined) visit(op);
    else forTaken(op.requestTxn, outcomes, visit);
  }
}

function checkOp(target: WriteTarget, { requestPut, requestRange }: RequestOp): void {
  if (requestRange !== undefined) checkRangeOp(target.store, requestRange);
  else if (requestPut !== undefined) checkPutOp(target, requestPut);
}

/** Of two reasons, a Put alone is refused for the other. */
function checkPutOp({ store, lessor }: WriteTarget, request: PutRequest): void {
  if (needsKey(request) && store.index.find(request.key) === undefined) throw apiError('keyNotFound');
  if (request.lease !== 0n && !lessor.has(request.lease)) throw apiError('leaseNotFound');
}

/** The two revisions between which can be read. */
type Readable = Pick<RevisionStore, 'currentRevision' | 'compactRevision'>;

function checkRangeOp({ currentRevision, compactRevision }: Readable, { revision }: RangeRequest): void {
  if (revision === 0) return;
  if (revision > currentRevision) throw apiError('futureRevision');
  if (revision < compactRevision) throw apiError('compacted');
}

/** For a transaction that only reads: throws futureRevision or compacted where a taken range cannot be read. */
export function checkRanges(readable: Readable, request: TxnRequest, outcomes: Outcomes): void {
  forTaken(request, outcomes, ({ requestRange }) => {
    if (requestRange !== undefined) checkRangeOp(readable, requestRange);
  });
}

function run(target: WriteTarget, request: TxnRequest, outcomes: Outcomes): TxnResponse<Uint8Array> {
  const succeeded = outcomes.next().value === true;
  const ops = succeeded ? request.success : request.failure;
  return { header: headerAt(0), succeeded, responses: ops.map((op) => runOp(target, op, outcomes)) };
}

function runOp(target: WriteTarget, op: RequestOp, outcomes: Outcomes): ResponseOp<Uint8Array> {
  const response: ResponseOp<Uint8Array> = {
    responseRange: undefined,
    responsePut: undefined,
    responseDeleteRange: undefined,
    responseTxn: undefined,
  };
  if (op.requestRange !== undefined) response.responseRange = range(target.store, op.requestRange);
  else if (op.requestPut !== undefined) response.responsePut = put(target, op.requestPut);
  else if (op.requestDeleteRange !== undefined)
    response.responseDeleteRange = deleteRange(target, op.requestDeleteRange);
  else {
    assert(op.requestTxn !== undefined, 'an empty operation passed the request checks');
    response.responseTxn = run(target, op.requestTxn, outcomes);
  }
  return response;
}

/** Whether the transaction holds nothing but reads at its top level: then it need not go through the log. */
export function isReadOnlyTxn(request: TxnRequest): boolean {
  return bothBranches(request).every((op) => op.requestRange !== undefined);
}

/** Whether a read-only transaction may be answered from local state. An empty one may. */
export function isSerializableTxn(request: TxnRequest): boolean {
  return bothBranches(request).every((op) => op.requestRange?.serializable === true);
}

function bothBranches(request: TxnRequest): RequestOp[] {
  return [...request.success, ...request.failure];
}

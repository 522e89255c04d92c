/** Whole requests from the few fields a test cares about. */
import { bytesFrom } from '../../../src/base/bytes.ts';
import type {
  Compare,
  DeleteRangeRequest,
  InternalRaftRequest,
  Message,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
  WatchCreateRequest,
} from '../../../src/core/api/types.ts';
import { SCHEMA } from '../../../src/core/api/index.ts';

export function rangeRequest(fields: Partial<RangeRequest>): RangeRequest {
  return {
    key: '',
    rangeEnd: '',
    limit: 0,
    revision: 0,
    sortOrder: 0,
    sortTarget: 0,
    serializable: false,
    keysOnly: false,
    countOnly: false,
    minModRevision: 0,
    maxModRevision: 0,
    minCreateRevision: 0,
    maxCreateRevision: 0,
    ...fields,
  };
}

/** `value` as text, for brevity. */
export function putRequest(fields: Partial<Omit<PutRequest, 'value'>> & { value?: string }): PutRequest {
  const { value = '', ...rest } = fields;
  return {
    key: '',
    lease: 0n,
    prevKv: false,
    ignoreValue: false,
    ignoreLease: false,
    ...rest,
    value: bytesFrom(value),
  };
}

export function deleteRequest(fields: Partial<DeleteRangeRequest>): DeleteRangeRequest {
  return { key: '', rangeEnd: '', prevKv: false, ...fields };
}

export function compareOf(fields: Partial<Compare>): Compare {
  return {
    result: 0,
    target: 0,
    key: '',
    version: undefined,
    createRevision: undefined,
    modRevision: undefined,
    value: undefined,
    lease: undefined,
    rangeEnd: '',
    ...fields,
  };
}

export function opOf(fields: Partial<RequestOp>): RequestOp {
  return {
    requestRange: undefined,
    requestPut: undefined,
    requestDeleteRange: undefined,
    requestTxn: undefined,
    ...fields,
  };
}

export function txnRequest(fields: Partial<TxnRequest>): TxnRequest {
  return { compare: [], success: [], failure: [], ...fields };
}

export function alarmRequest(fields: Partial<Message<'AlarmRequest'>>): Message<'AlarmRequest'> {
  return { action: 0, memberId: 0n, alarm: 0, ...fields };
}

export function watchCreateRequest(fields: Partial<WatchCreateRequest>): WatchCreateRequest {
  return {
    key: '',
    rangeEnd: '',
    startRevision: 0,
    progressNotify: false,
    filters: [],
    prevKv: false,
    watchId: 0n,
    fragment: false,
    ...fields,
  };
}

const NOTHING = Object.fromEntries(
  Object.keys(SCHEMA.InternalRaftRequest).map((field) => [field, field === 'id' ? 0n : undefined]),
) as unknown as InternalRaftRequest;

export function raftRequest(fields: Partial<InternalRaftRequest>): InternalRaftRequest {
  return { ...NOTHING, ...fields };
}

import type { MessageTable } from './notation.ts';

/** etcdserverpb.KV and mvccpb. */
export const KV_MESSAGES = {
  KeyValue: {
    key: [1, 'key'],
    createRevision: [2, 'int64'],
    modRevision: [3, 'int64'],
    version: [4, 'int64'],
    value: [5, 'bytes'],
    lease: [6, 'bigInt64'],
  },
  Event: {
    type: [1, 'EventType'],
    kv: [2, 'KeyValue'],
    prevKv: [3, 'KeyValue'],
  },
  ResponseHeader: {
    clusterId: [1, 'bigUint64'],
    memberId: [2, 'bigUint64'],
    revision: [3, 'int64'],
    raftTerm: [4, 'uint64'],
  },
  RangeRequest: {
    key: [1, 'key'],
    rangeEnd: [2, 'key'],
    limit: [3, 'int64'],
    revision: [4, 'int64'],
    sortOrder: [5, 'SortOrder'],
    sortTarget: [6, 'SortTarget'],
    serializable: [7, 'bool'],
    keysOnly: [8, 'bool'],
    countOnly: [9, 'bool'],
    minModRevision: [10, 'int64'],
    maxModRevision: [11, 'int64'],
    minCreateRevision: [12, 'int64'],
    maxCreateRevision: [13, 'int64'],
  },
  RangeResponse: {
    header: [1, 'ResponseHeader'],
    kvs: [2, 'KeyValue[]'],
    more: [3, 'bool'],
    count: [4, 'int64'],
  },
  RangeStreamResponse: {
    rangeResponse: [1, 'RangeResponse'],
  },
  PutRequest: {
    key: [1, 'key'],
    value: [2, 'bytes'],
    lease: [3, 'bigInt64'],
    prevKv: [4, 'bool'],
    ignoreValue: [5, 'bool'],
    ignoreLease: [6, 'bool'],
  },
  PutResponse: {
    header: [1, 'ResponseHeader'],
    prevKv: [2, 'KeyValue'],
  },
  DeleteRangeRequest: {
    key: [1, 'key'],
    rangeEnd: [2, 'key'],
    prevKv: [3, 'bool'],
  },
  DeleteRangeResponse: {
    header: [1, 'ResponseHeader'],
    deleted: [2, 'int64'],
    prevKvs: [3, 'KeyValue[]'],
  },
  RequestOp: {
    requestRange: [1, 'RangeRequest?'],
    requestPut: [2, 'PutRequest?'],
    requestDeleteRange: [3, 'DeleteRangeRequest?'],
    requestTxn: [4, 'TxnRequest?'],
  },
  ResponseOp: {
    responseRange: [1, 'RangeResponse?'],
    responsePut: [2, 'PutResponse?'],
    responseDeleteRange: [3, 'DeleteRangeResponse?'],
    responseTxn: [4, 'TxnResponse?'],
  },
  Compare: {
    result: [1, 'CompareResult'],
    target: [2, 'CompareTarget'],
    key: [3, 'key'],
    version: [4, 'int64?'],
    createRevision: [5, 'int64?'],
    modRevision: [6, 'int64?'],
    value: [7, 'bytes?'],
    lease: [8, 'bigInt64?'],
    rangeEnd: [64, 'key'],
  },
  TxnRequest: {
    compare: [1, 'Compare[]'],
    success: [2, 'RequestOp[]'],
    failure: [3, 'RequestOp[]'],
  },
  TxnResponse: {
    header: [1, 'ResponseHeader'],
    succeeded: [2, 'bool'],
    responses: [3, 'ResponseOp[]'],
  },
  CompactionRequest: {
    revision: [1, 'int64'],
    physical: [2, 'bool'],
  },
  CompactionResponse: { header: [1, 'ResponseHeader'] },
} as const satisfies MessageTable;

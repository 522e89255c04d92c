import type { MessageTable } from './notation.ts';

/** v3lockpb and v3electionpb. */
export const CONCURRENCY_MESSAGES = {
  LockRequest: {
    name: [1, 'key'],
    lease: [2, 'bigInt64'],
  },
  LockResponse: {
    header: [1, 'ResponseHeader'],
    key: [2, 'key'],
  },
  UnlockRequest: { key: [1, 'key'] },
  UnlockResponse: { header: [1, 'ResponseHeader'] },
  CampaignRequest: {
    name: [1, 'key'],
    lease: [2, 'bigInt64'],
    value: [3, 'bytes'],
  },
  CampaignResponse: {
    header: [1, 'ResponseHeader'],
    leader: [2, 'LeaderKey'],
  },
  LeaderKey: {
    name: [1, 'key'],
    key: [2, 'key'],
    rev: [3, 'int64'],
    lease: [4, 'bigInt64'],
  },
  LeaderRequest: { name: [1, 'key'] },
  LeaderResponse: {
    header: [1, 'ResponseHeader'],
    kv: [2, 'KeyValue'],
  },
  ProclaimRequest: {
    leader: [1, 'LeaderKey'],
    value: [2, 'bytes'],
  },
  ProclaimResponse: { header: [1, 'ResponseHeader'] },
  ResignRequest: { leader: [1, 'LeaderKey'] },
  ResignResponse: { header: [1, 'ResponseHeader'] },
} as const satisfies MessageTable;

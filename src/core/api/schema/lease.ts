import type { MessageTable } from './notation.ts';

/** etcdserverpb.Lease and leasepb. */
export const LEASE_MESSAGES = {
  LeaseGrantRequest: {
    ttl: [1, 'int64', 'TTL'],
    id: [2, 'bigInt64', 'ID'],
  },
  LeaseGrantResponse: {
    header: [1, 'ResponseHeader'],
    id: [2, 'bigInt64', 'ID'],
    ttl: [3, 'int64', 'TTL'],
    error: [4, 'string'],
  },
  LeaseRevokeRequest: { id: [1, 'bigInt64', 'ID'] },
  LeaseRevokeResponse: { header: [1, 'ResponseHeader'] },
  LeaseKeepAliveRequest: { id: [1, 'bigInt64', 'ID'] },
  LeaseKeepAliveResponse: {
    header: [1, 'ResponseHeader'],
    id: [2, 'bigInt64', 'ID'],
    ttl: [3, 'int64', 'TTL'],
  },
  LeaseTimeToLiveRequest: {
    id: [1, 'bigInt64', 'ID'],
    keys: [2, 'bool'],
  },
  LeaseTimeToLiveResponse: {
    header: [1, 'ResponseHeader'],
    id: [2, 'bigInt64', 'ID'],
    ttl: [3, 'int64', 'TTL'],
    grantedTtl: [4, 'int64', 'grantedTTL'],
    keys: [5, 'key[]'],
  },
  LeaseLeasesRequest: {},
  LeaseLeasesResponse: {
    header: [1, 'ResponseHeader'],
    leases: [2, 'LeaseStatus[]'],
  },
  LeaseStatus: { id: [1, 'bigInt64', 'ID'] },
  LeaseCheckpoint: {
    id: [1, 'bigInt64', 'ID'],
    remainingTtl: [2, 'int64', 'remaining_TTL'],
  },
  LeaseCheckpointRequest: { checkpoints: [1, 'LeaseCheckpoint[]'] },
  LeaseCheckpointResponse: { header: [1, 'ResponseHeader'] },
  /** leasepb.Lease, as the backend stores it. */
  Lease: {
    id: [1, 'bigInt64', 'ID'],
    ttl: [2, 'int64', 'TTL'],
    remainingTtl: [3, 'int64', 'RemainingTTL'],
  },
} as const satisfies MessageTable;

import type { MessageTable } from './notation.ts';

/** etcdserverpb.Maintenance and grpc.health.v1. */
export const MAINTENANCE_MESSAGES = {
  AlarmRequest: {
    action: [1, 'AlarmAction'],
    memberId: [2, 'bigUint64', 'memberID'],
    alarm: [3, 'AlarmType'],
  },
  AlarmMember: {
    memberId: [1, 'bigUint64', 'memberID'],
    alarm: [2, 'AlarmType'],
  },
  AlarmResponse: {
    header: [1, 'ResponseHeader'],
    alarms: [2, 'AlarmMember[]'],
  },
  StatusRequest: {},
  StatusResponse: {
    header: [1, 'ResponseHeader'],
    version: [2, 'string'],
    dbSize: [3, 'int64', 'dbSize'],
    leader: [4, 'bigUint64'],
    raftIndex: [5, 'uint64', 'raftIndex'],
    raftTerm: [6, 'uint64', 'raftTerm'],
    raftAppliedIndex: [7, 'uint64', 'raftAppliedIndex'],
    errors: [8, 'string[]'],
    dbSizeInUse: [9, 'int64', 'dbSizeInUse'],
    isLearner: [10, 'bool', 'isLearner'],
    storageVersion: [11, 'string', 'storageVersion'],
    dbSizeQuota: [12, 'int64', 'dbSizeQuota'],
    downgradeInfo: [13, 'DowngradeInfo', 'downgradeInfo'],
  },
  DowngradeInfo: {
    enabled: [1, 'bool'],
    targetVersion: [2, 'string', 'targetVersion'],
  },
  DefragmentRequest: {},
  DefragmentResponse: { header: [1, 'ResponseHeader'] },
  HashRequest: {},
  HashResponse: {
    header: [1, 'ResponseHeader'],
    hash: [2, 'uint32'],
  },
  HashKVRequest: { revision: [1, 'int64'] },
  HashKVResponse: {
    header: [1, 'ResponseHeader'],
    hash: [2, 'uint32'],
    compactRevision: [3, 'int64'],
    hashRevision: [4, 'int64'],
  },
  SnapshotRequest: {},
  SnapshotResponse: {
    header: [1, 'ResponseHeader'],
    remainingBytes: [2, 'uint64'],
    blob: [3, 'bytes'],
    version: [4, 'string'],
  },
  MoveLeaderRequest: { targetId: [1, 'bigUint64', 'targetID'] },
  MoveLeaderResponse: { header: [1, 'ResponseHeader'] },
  DowngradeRequest: {
    action: [1, 'DowngradeAction'],
    version: [2, 'string'],
  },
  DowngradeResponse: {
    header: [1, 'ResponseHeader'],
    version: [2, 'string'],
  },
  DowngradeVersionTestRequest: { ver: [1, 'string'] },
  HealthCheckRequest: { service: [1, 'string'] },
  HealthCheckResponse: { status: [1, 'ServingStatus'] },
} as const satisfies MessageTable;

/** Every RPC: its path, its messages and how it streams. Source: the .proto files named in `schema/index.ts`. */
import type { MessageName } from './schema/index.ts';

export type Streaming = 'unary' | 'serverStream' | 'bidi';

export interface Method {
  /** As in HTTP/2's `:path`. */
  readonly path: string;
  readonly request: MessageName;
  readonly response: MessageName;
  readonly streaming: Streaming;
}

function unary<Q extends MessageName, A extends MessageName>(path: string, request: Q, response: A) {
  return { path, request, response, streaming: 'unary' } as const;
}

function stream<Q extends MessageName, A extends MessageName, S extends Streaming>(
  streaming: S,
  path: string,
  request: Q,
  response: A,
) {
  return { path, request, response, streaming } as const;
}

const kv = '/etcdserverpb.KV/';
const lease = '/etcdserverpb.Lease/';
const cluster = '/etcdserverpb.Cluster/';
const maintenance = '/etcdserverpb.Maintenance/';
const auth = '/etcdserverpb.Auth/';
const lock = '/v3lockpb.Lock/';
const election = '/v3electionpb.Election/';
const health = '/grpc.health.v1.Health/';

/** By the method's name; those that are not unique carry their service's. */
export const METHODS = {
  range: unary(kv + 'Range', 'RangeRequest', 'RangeResponse'),
  put: unary(kv + 'Put', 'PutRequest', 'PutResponse'),
  deleteRange: unary(kv + 'DeleteRange', 'DeleteRangeRequest', 'DeleteRangeResponse'),
  txn: unary(kv + 'Txn', 'TxnRequest', 'TxnResponse'),
  compact: unary(kv + 'Compact', 'CompactionRequest', 'CompactionResponse'),
  rangeStream: stream('serverStream', kv + 'RangeStream', 'RangeRequest', 'RangeStreamResponse'),

  watch: stream('bidi', '/etcdserverpb.Watch/Watch', 'WatchRequest', 'WatchResponse'),

  leaseGrant: unary(lease + 'LeaseGrant', 'LeaseGrantRequest', 'LeaseGrantResponse'),
  leaseRevoke: unary(lease + 'LeaseRevoke', 'LeaseRevokeRequest', 'LeaseRevokeResponse'),
  leaseKeepAlive: stream('bidi', lease + 'LeaseKeepAlive', 'LeaseKeepAliveRequest', 'LeaseKeepAliveResponse'),
  leaseTimeToLive: unary(lease + 'LeaseTimeToLive', 'LeaseTimeToLiveRequest', 'LeaseTimeToLiveResponse'),
  leaseLeases: unary(lease + 'LeaseLeases', 'LeaseLeasesRequest', 'LeaseLeasesResponse'),

  memberAdd: unary(cluster + 'MemberAdd', 'MemberAddRequest', 'MemberAddResponse'),
  memberRemove: unary(cluster + 'MemberRemove', 'MemberRemoveRequest', 'MemberRemoveResponse'),
  memberUpdate: unary(cluster + 'MemberUpdate', 'MemberUpdateRequest', 'MemberUpdateResponse'),
  memberList: unary(cluster + 'MemberList', 'MemberListRequest', 'MemberListResponse'),
  memberPromote: unary(cluster + 'MemberPromote', 'MemberPromoteRequest', 'MemberPromoteResponse'),

  alarm: unary(maintenance + 'Alarm', 'AlarmRequest', 'AlarmResponse'),
  status: unary(maintenance + 'Status', 'StatusRequest', 'StatusResponse'),
  defragment: unary(maintenance + 'Defragment', 'DefragmentRequest', 'DefragmentResponse'),
  hash: unary(maintenance + 'Hash', 'HashRequest', 'HashResponse'),
  hashKV: unary(maintenance + 'HashKV', 'HashKVRequest', 'HashKVResponse'),
  snapshot: stream('serverStream', maintenance + 'Snapshot', 'SnapshotRequest', 'SnapshotResponse'),
  moveLeader: unary(maintenance + 'MoveLeader', 'MoveLeaderRequest', 'MoveLeaderResponse'),
  downgrade: unary(maintenance + 'Downgrade', 'DowngradeRequest', 'DowngradeResponse'),

  authEnable: unary(auth + 'AuthEnable', 'AuthEnableRequest', 'AuthEnableResponse'),
  authDisable: unary(auth + 'AuthDisable', 'AuthDisableRequest', 'AuthDisableResponse'),
  authStatus: unary(auth + 'AuthStatus', 'AuthStatusRequest', 'AuthStatusResponse'),
  authenticate: unary(auth + 'Authenticate', 'AuthenticateRequest', 'AuthenticateResponse'),
  userAdd: unary(auth + 'UserAdd', 'AuthUserAddRequest', 'AuthUserAddResponse'),
  userGet: unary(auth + 'UserGet', 'AuthUserGetRequest', 'AuthUserGetResponse'),
  userList: unary(auth + 'UserList', 'AuthUserListRequest', 'AuthUserListResponse'),
  userDelete: unary(auth + 'UserDelete', 'AuthUserDeleteRequest', 'AuthUserDeleteResponse'),
  userChangePassword: unary(
    auth + 'UserChangePassword',
    'AuthUserChangePasswordRequest',
    'AuthUserChangePasswordResponse',
  ),
  userGrantRole: unary(auth + 'UserGrantRole', 'AuthUserGrantRoleRequest', 'AuthUserGrantRoleResponse'),
  userRevokeRole: unary(auth + 'UserRevokeRole', 'AuthUserRevokeRoleRequest', 'AuthUserRevokeRoleResponse'),
  roleAdd: unary(auth + 'RoleAdd', 'AuthRoleAddRequest', 'AuthRoleAddResponse'),
  roleGet: unary(auth + 'RoleGet', 'AuthRoleGetRequest', 'AuthRoleGetResponse'),
  roleList: unary(auth + 'RoleList', 'AuthRoleListRequest', 'AuthRoleListResponse'),
  roleDelete: unary(auth + 'RoleDelete', 'AuthRoleDeleteRequest', 'AuthRoleDeleteResponse'),
  roleGrantPermission: unary(
    auth + 'RoleGrantPermission',
    'AuthRoleGrantPermissionRequest',
    'AuthRoleGrantPermissionResponse',
  ),
  roleRevokePermission: unary(
    auth + 'RoleRevokePermission',
    'AuthRoleRevokePermissionRequest',
    'AuthRoleRevokePermissionResponse',
  ),

  lock: unary(lock + 'Lock', 'LockRequest', 'LockResponse'),
  unlock: unary(lock + 'Unlock', 'UnlockRequest', 'UnlockResponse'),
  campaign: unary(election + 'Campaign', 'CampaignRequest', 'CampaignResponse'),
  proclaim: unary(election + 'Proclaim', 'ProclaimRequest', 'ProclaimResponse'),
  leader: unary(election + 'Leader', 'LeaderRequest', 'LeaderResponse'),
  observe: stream('serverStream', election + 'Observe', 'LeaderRequest', 'LeaderResponse'),
  resign: unary(election + 'Resign', 'ResignRequest', 'ResignResponse'),

  healthCheck: unary(health + 'Check', 'HealthCheckRequest', 'HealthCheckResponse'),
  healthWatch: stream('serverStream', health + 'Watch', 'HealthCheckRequest', 'HealthCheckResponse'),
} as const;

export type MethodName = keyof typeof METHODS;

/** The methods that stream in that way. */
export type MethodsThat<S extends Streaming> = {
  [M in MethodName]: (typeof METHODS)[M]['streaming'] extends S ? M : never;
}[MethodName];

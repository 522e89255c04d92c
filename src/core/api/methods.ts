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

function method<Q extends MessageName, A extends MessageName, S extends Streaming = 'unary'>(
  path: string,
  request: Q,
  response: A,
  streaming?: S,
) {
  return { path, request, response, streaming: (streaming ?? 'unary') as S };
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
  range: method(kv + 'Range', 'RangeRequest', 'RangeResponse'),
  put: method(kv + 'Put', 'PutRequest', 'PutResponse'),
  deleteRange: method(kv + 'DeleteRange', 'DeleteRangeRequest', 'DeleteRangeResponse'),
  txn: method(kv + 'Txn', 'TxnRequest', 'TxnResponse'),
  compact: method(kv + 'Compact', 'CompactionRequest', 'CompactionResponse'),
  rangeStream: method(kv + 'RangeStream', 'RangeRequest', 'RangeStreamResponse', 'serverStream'),

  watch: method('/etcdserverpb.Watch/Watch', 'WatchRequest', 'WatchResponse', 'bidi'),

  leaseGrant: method(lease + 'LeaseGrant', 'LeaseGrantRequest', 'LeaseGrantResponse'),
  leaseRevoke: method(lease + 'LeaseRevoke', 'LeaseRevokeRequest', 'LeaseRevokeResponse'),
  leaseKeepAlive: method(lease + 'LeaseKeepAlive', 'LeaseKeepAliveRequest', 'LeaseKeepAliveResponse', 'bidi'),
  leaseTimeToLive: method(lease + 'LeaseTimeToLive', 'LeaseTimeToLiveRequest', 'LeaseTimeToLiveResponse'),
  leaseLeases: method(lease + 'LeaseLeases', 'LeaseLeasesRequest', 'LeaseLeasesResponse'),

  memberAdd: method(cluster + 'MemberAdd', 'MemberAddRequest', 'MemberAddResponse'),
  memberRemove: method(cluster + 'MemberRemove', 'MemberRemoveRequest', 'MemberRemoveResponse'),
  memberUpdate: method(cluster + 'MemberUpdate', 'MemberUpdateRequest', 'MemberUpdateResponse'),
  memberList: method(cluster + 'MemberList', 'MemberListRequest', 'MemberListResponse'),
  memberPromote: method(cluster + 'MemberPromote', 'MemberPromoteRequest', 'MemberPromoteResponse'),

  alarm: method(maintenance + 'Alarm', 'AlarmRequest', 'AlarmResponse'),
  status: method(maintenance + 'Status', 'StatusRequest', 'StatusResponse'),
  defragment: method(maintenance + 'Defragment', 'DefragmentRequest', 'DefragmentResponse'),
  hash: method(maintenance + 'Hash', 'HashRequest', 'HashResponse'),
  hashKV: method(maintenance + 'HashKV', 'HashKVRequest', 'HashKVResponse'),
  snapshot: method(maintenance + 'Snapshot', 'SnapshotRequest', 'SnapshotResponse', 'serverStream'),
  moveLeader: method(maintenance + 'MoveLeader', 'MoveLeaderRequest', 'MoveLeaderResponse'),
  downgrade: method(maintenance + 'Downgrade', 'DowngradeRequest', 'DowngradeResponse'),

  authEnable: method(auth + 'AuthEnable', 'AuthEnableRequest', 'AuthEnableResponse'),
  authDisable: method(auth + 'AuthDisable', 'AuthDisableRequest', 'AuthDisableResponse'),
  authStatus: method(auth + 'AuthStatus', 'AuthStatusRequest', 'AuthStatusResponse'),
  authenticate: method(auth + 'Authenticate', 'AuthenticateRequest', 'AuthenticateResponse'),
  userAdd: method(auth + 'UserAdd', 'AuthUserAddRequest', 'AuthUserAddResponse'),
  userGet: method(auth + 'UserGet', 'AuthUserGetRequest', 'AuthUserGetResponse'),
  userList: method(auth + 'UserList', 'AuthUserListRequest', 'AuthUserListResponse'),
  userDelete: method(auth + 'UserDelete', 'AuthUserDeleteRequest', 'AuthUserDeleteResponse'),
  userChangePassword: method(
    auth + 'UserChangePassword',
    'AuthUserChangePasswordRequest',
    'AuthUserChangePasswordResponse',
  ),
  userGrantRole: method(auth + 'UserGrantRole', 'AuthUserGrantRoleRequest', 'AuthUserGrantRoleResponse'),
  userRevokeRole: method(auth + 'UserRevokeRole', 'AuthUserRevokeRoleRequest', 'AuthUserRevokeRoleResponse'),
  roleAdd: method(auth + 'RoleAdd', 'AuthRoleAddRequest', 'AuthRoleAddResponse'),
  roleGet: method(auth + 'RoleGet', 'AuthRoleGetRequest', 'AuthRoleGetResponse'),
  roleList: method(auth + 'RoleList', 'AuthRoleListRequest', 'AuthRoleListResponse'),
  roleDelete: method(auth + 'RoleDelete', 'AuthRoleDeleteRequest', 'AuthRoleDeleteResponse'),
  roleGrantPermission: method(
    auth + 'RoleGrantPermission',
    'AuthRoleGrantPermissionRequest',
    'AuthRoleGrantPermissionResponse',
  ),
  roleRevokePermission: method(
    auth + 'RoleRevokePermission',
    'AuthRoleRevokePermissionRequest',
    'AuthRoleRevokePermissionResponse',
  ),

  lock: method(lock + 'Lock', 'LockRequest', 'LockResponse'),
  unlock: method(lock + 'Unlock', 'UnlockRequest', 'UnlockResponse'),
  campaign: method(election + 'Campaign', 'CampaignRequest', 'CampaignResponse'),
  proclaim: method(election + 'Proclaim', 'ProclaimRequest', 'ProclaimResponse'),
  leader: method(election + 'Leader', 'LeaderRequest', 'LeaderResponse'),
  observe: method(election + 'Observe', 'LeaderRequest', 'LeaderResponse', 'serverStream'),
  resign: method(election + 'Resign', 'ResignRequest', 'ResignResponse'),

  healthCheck: method(health + 'Check', 'HealthCheckRequest', 'HealthCheckResponse'),
  healthWatch: method(health + 'Watch', 'HealthCheckRequest', 'HealthCheckResponse', 'serverStream'),
} satisfies Readonly<Record<string, Method>>;

export type MethodName = keyof typeof METHODS;

/** The methods that stream in that way. */
export type MethodsThat<S extends Streaming> = {
  [M in MethodName]: (typeof METHODS)[M]['streaming'] extends S ? M : never;
}[MethodName];

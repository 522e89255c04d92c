import { METHODS, type Method, type MethodName } from '../../core/api/index.ts';

/** The gateway's paths. Source: the google.api.http options of etcd v3.7.1 api/etcdserverpb/rpc.proto and v3lock, v3election. */
const PATHS: Readonly<Record<string, MethodName>> = {
  '/v3/kv/range': 'range',
  '/v3/kv/put': 'put',
  '/v3/kv/deleterange': 'deleteRange',
  '/v3/kv/txn': 'txn',
  '/v3/kv/compaction': 'compact',
  '/v3/watch': 'watch',
  '/v3/lease/grant': 'leaseGrant',
  '/v3/lease/revoke': 'leaseRevoke',
  '/v3/kv/lease/revoke': 'leaseRevoke',
  '/v3/lease/keepalive': 'leaseKeepAlive',
  '/v3/lease/timetolive': 'leaseTimeToLive',
  '/v3/kv/lease/timetolive': 'leaseTimeToLive',
  '/v3/lease/leases': 'leaseLeases',
  '/v3/kv/lease/leases': 'leaseLeases',
  '/v3/cluster/member/add': 'memberAdd',
  '/v3/cluster/member/remove': 'memberRemove',
  '/v3/cluster/member/update': 'memberUpdate',
  '/v3/cluster/member/list': 'memberList',
  '/v3/cluster/member/promote': 'memberPromote',
  '/v3/maintenance/alarm': 'alarm',
  '/v3/maintenance/status': 'status',
  '/v3/maintenance/defragment': 'defragment',
  '/v3/maintenance/hash': 'hash',
  '/v3/maintenance/hashkv': 'hashKV',
  '/v3/maintenance/snapshot': 'snapshot',
  '/v3/maintenance/transfer-leadership': 'moveLeader',
  '/v3/maintenance/downgrade': 'downgrade',
  '/v3/auth/enable': 'authEnable',
  '/v3/auth/disable': 'authDisable',
  '/v3/auth/status': 'authStatus',
  '/v3/auth/authenticate': 'authenticate',
  '/v3/auth/user/add': 'userAdd',
  '/v3/auth/user/get': 'userGet',
  '/v3/auth/user/list': 'userList',
  '/v3/auth/user/delete': 'userDelete',
  '/v3/auth/user/changepw': 'userChangePassword',
  '/v3/auth/user/grant': 'userGrantRole',
  '/v3/auth/user/revoke': 'userRevokeRole',
  '/v3/auth/role/add': 'roleAdd',
  '/v3/auth/role/get': 'roleGet',
  '/v3/auth/role/list': 'roleList',
  '/v3/auth/role/delete': 'roleDelete',
  '/v3/auth/role/grant': 'roleGrantPermission',
  '/v3/auth/role/revoke': 'roleRevokePermission',
  '/v3/lock/lock': 'lock',
  '/v3/lock/unlock': 'unlock',
  '/v3/election/campaign': 'campaign',
  '/v3/election/proclaim': 'proclaim',
  '/v3/election/leader': 'leader',
  '/v3/election/observe': 'observe',
  '/v3/election/resign': 'resign',
};

const methodByPath = new Map<string, Method>(Object.entries(PATHS).map(([path, name]) => [path, METHODS[name]]));

/** Whether the gateway is asked at all: the prefix decides, whatever follows it. */
export function isGatewayPath(path: string): boolean {
  return /^\/v3(beta)?\//.test(path);
}

/** The method behind a path without its query; undefined where there is none. */
export function methodOf(path: string): Method | undefined {
  return methodByPath.get(path.replace(/^\/v3beta\//, '/v3/'));
}

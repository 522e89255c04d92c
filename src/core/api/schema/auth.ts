import type { MessageTable } from './notation.ts';

/** etcdserverpb.Auth and authpb. */
export const AUTH_MESSAGES = {
  UserAddOptions: { noPassword: [1, 'bool'] },
  /** authpb.User. Its name is declared as bytes, but only ever filled from a string; the wire is the same. */
  User: {
    name: [1, 'string'],
    password: [2, 'bytes'],
    roles: [3, 'string[]'],
    options: [4, 'UserAddOptions'],
  },
  Permission: {
    permType: [1, 'PermissionType', 'permType'],
    key: [2, 'key'],
    rangeEnd: [3, 'key'],
  },
  /** authpb.Role. Its name is declared as bytes, as User's is. */
  Role: {
    name: [1, 'string'],
    keyPermission: [2, 'Permission[]', 'keyPermission'],
  },
  AuthEnableRequest: {},
  AuthEnableResponse: { header: [1, 'ResponseHeader'] },
  AuthDisableRequest: {},
  AuthDisableResponse: { header: [1, 'ResponseHeader'] },
  AuthStatusRequest: {},
  AuthStatusResponse: {
    header: [1, 'ResponseHeader'],
    enabled: [2, 'bool'],
    authRevision: [3, 'uint64', 'authRevision'],
  },
  AuthenticateRequest: {
    name: [1, 'string'],
    password: [2, 'string'],
  },
  AuthenticateResponse: {
    header: [1, 'ResponseHeader'],
    token: [2, 'string'],
  },
  AuthUserAddRequest: {
    name: [1, 'string'],
    password: [2, 'string'],
    options: [3, 'UserAddOptions'],
    hashedPassword: [4, 'string', 'hashedPassword'],
  },
  AuthUserAddResponse: { header: [1, 'ResponseHeader'] },
  AuthUserGetRequest: { name: [1, 'string'] },
  AuthUserGetResponse: {
    header: [1, 'ResponseHeader'],
    roles: [2, 'string[]'],
  },
  AuthUserListRequest: {},
  AuthUserListResponse: {
    header: [1, 'ResponseHeader'],
    users: [2, 'string[]'],
  },
  AuthUserDeleteRequest: { name: [1, 'string'] },
  AuthUserDeleteResponse: { header: [1, 'ResponseHeader'] },
  AuthUserChangePasswordRequest: {
    name: [1, 'string'],
    password: [2, 'string'],
    hashedPassword: [3, 'string', 'hashedPassword'],
  },
  AuthUserChangePasswordResponse: { header: [1, 'ResponseHeader'] },
  AuthUserGrantRoleRequest: {
    user: [1, 'string'],
    role: [2, 'string'],
  },
  AuthUserGrantRoleResponse: { header: [1, 'ResponseHeader'] },
  AuthUserRevokeRoleRequest: {
    name: [1, 'string'],
    role: [2, 'string'],
  },
  AuthUserRevokeRoleResponse: { header: [1, 'ResponseHeader'] },
  AuthRoleAddRequest: { name: [1, 'string'] },
  AuthRoleAddResponse: { header: [1, 'ResponseHeader'] },
  AuthRoleGetRequest: { role: [1, 'string'] },
  AuthRoleGetResponse: {
    header: [1, 'ResponseHeader'],
    perm: [2, 'Permission[]'],
  },
  AuthRoleListRequest: {},
  AuthRoleListResponse: {
    header: [1, 'ResponseHeader'],
    roles: [2, 'string[]'],
  },
  AuthRoleDeleteRequest: { role: [1, 'string'] },
  AuthRoleDeleteResponse: { header: [1, 'ResponseHeader'] },
  AuthRoleGrantPermissionRequest: {
    name: [1, 'string'],
    perm: [2, 'Permission'],
  },
  AuthRoleGrantPermissionResponse: { header: [1, 'ResponseHeader'] },
  AuthRoleRevokePermissionRequest: {
    role: [1, 'string'],
    key: [2, 'key'],
    rangeEnd: [3, 'key'],
  },
  AuthRoleRevokePermissionResponse: { header: [1, 'ResponseHeader'] },
} as const satisfies MessageTable;

/**
 * The errors of etcd's API: stable name, gRPC code, exact message. Clients match on the message first and on the code
 * second, so neither may change. Where versions of etcd differ in the code, the newest one's stands.
 *
 * Source: etcd v3.7.1 api/v3rpc/rpctypes/error.go and server/etcdserver/api/v3rpc/util.go.
 */
import { GrpcCode } from './grpc-code.ts';

const {
  CANCELLED,
  DATA_LOSS,
  DEADLINE_EXCEEDED,
  FAILED_PRECONDITION,
  INVALID_ARGUMENT,
  NOT_FOUND,
  OUT_OF_RANGE,
  PERMISSION_DENIED,
  RESOURCE_EXHAUSTED,
  UNAUTHENTICATED,
  UNAVAILABLE,
  UNKNOWN,
} = GrpcCode;

export const API_ERRORS = {
  emptyKey: [INVALID_ARGUMENT, 'etcdserver: key is not provided'],
  keyNotFound: [INVALID_ARGUMENT, 'etcdserver: key not found'],
  valueProvided: [INVALID_ARGUMENT, 'etcdserver: value is provided'],
  leaseProvided: [INVALID_ARGUMENT, 'etcdserver: lease is provided'],
  tooManyOps: [INVALID_ARGUMENT, 'etcdserver: too many operations in txn request'],
  duplicateKey: [INVALID_ARGUMENT, 'etcdserver: duplicate key given in txn request'],
  invalidClientApiVersion: [INVALID_ARGUMENT, 'etcdserver: invalid client api version'],
  invalidSortOption: [INVALID_ARGUMENT, 'etcdserver: invalid sort option'],
  badMemberUrls: [INVALID_ARGUMENT, 'etcdserver: given member URLs are invalid'],
  requestTooLarge: [INVALID_ARGUMENT, 'etcdserver: request is too large'],
  userEmpty: [INVALID_ARGUMENT, 'etcdserver: user name is empty'],
  roleEmpty: [INVALID_ARGUMENT, 'etcdserver: role name is empty'],
  authFailed: [INVALID_ARGUMENT, 'etcdserver: authentication failed, invalid user ID or password'],
  permissionNotGiven: [INVALID_ARGUMENT, 'etcdserver: permission not given'],
  invalidAuthManagement: [INVALID_ARGUMENT, 'etcdserver: invalid auth management'],
  authRevisionOld: [INVALID_ARGUMENT, 'etcdserver: revision of auth store is old'],
  wrongDowngradeVersionFormat: [INVALID_ARGUMENT, 'etcdserver: wrong downgrade target version format'],
  invalidDowngradeTargetVersion: [INVALID_ARGUMENT, 'etcdserver: invalid downgrade target version'],

  compacted: [OUT_OF_RANGE, 'etcdserver: mvcc: required revision has been compacted'],
  futureRevision: [OUT_OF_RANGE, 'etcdserver: mvcc: required revision is a future revision'],
  leaseTtlTooLarge: [OUT_OF_RANGE, 'etcdserver: too large lease TTL'],

  leaseNotFound: [NOT_FOUND, 'etcdserver: requested lease not found'],
  memberNotFound: [NOT_FOUND, 'etcdserver: member not found'],

  leaseExists: [FAILED_PRECONDITION, 'etcdserver: lease already exists'],
  memberExists: [FAILED_PRECONDITION, 'etcdserver: member ID already exist'],
  peerUrlExists: [FAILED_PRECONDITION, 'etcdserver: Peer URLs already exists'],
  // Travels as Unknown: etcd maps it to a client-side error that carries no status.
  notEnoughStartedMembers: [UNKNOWN, 'etcdserver: re-configuration failed due to not enough started members'],
  memberNotLearner: [FAILED_PRECONDITION, 'etcdserver: can only promote a learner member'],
  learnerNotReady: [FAILED_PRECONDITION, 'etcdserver: can only promote a learner member which is in sync with leader'],
  tooManyLearners: [FAILED_PRECONDITION, 'etcdserver: too many learner members in cluster'],
  clusterIdMismatch: [FAILED_PRECONDITION, 'etcdserver: cluster ID mismatch'],
  notLeader: [FAILED_PRECONDITION, 'etcdserver: not leader'],
  badLeaderTransferee: [FAILED_PRECONDITION, 'etcdserver: bad leader transferee'],
  rootUserNotExist: [FAILED_PRECONDITION, 'etcdserver: root user does not exist'],
  rootRoleNotGranted: [FAILED_PRECONDITION, 'etcdserver: root user does not have root role'],
  userExists: [FAILED_PRECONDITION, 'etcdserver: user name already exists'],
  userNotFound: [FAILED_PRECONDITION, 'etcdserver: user name not found'],
  roleExists: [FAILED_PRECONDITION, 'etcdserver: role name already exists'],
  roleNotFound: [FAILED_PRECONDITION, 'etcdserver: role name not found'],
  roleNotGranted: [FAILED_PRECONDITION, 'etcdserver: role is not granted to the user'],
  permissionNotGranted: [FAILED_PRECONDITION, 'etcdserver: permission is not granted to the role'],
  authNotEnabled: [FAILED_PRECONDITION, 'etcdserver: authentication is not enabled'],
  downgradeInProgress: [FAILED_PRECONDITION, 'etcdserver: cluster has a downgrade job in progress'],
  noInflightDowngrade: [FAILED_PRECONDITION, 'etcdserver: no inflight downgrade job'],
  // These three were Unavailable before 3.6.
  notCapable: [FAILED_PRECONDITION, 'etcdserver: not capable'],
  notSupportedForLearner: [FAILED_PRECONDITION, 'etcdserver: rpc not supported for learner'],
  clusterVersionUnavailable: [FAILED_PRECONDITION, 'etcdserver: cluster version not found during downgrade'],

  permissionDenied: [PERMISSION_DENIED, 'etcdserver: permission denied'],
  invalidAuthToken: [UNAUTHENTICATED, 'etcdserver: invalid auth token'],

  noSpace: [RESOURCE_EXHAUSTED, 'etcdserver: mvcc: database space exceeded'],
  // Travels as Unknown, as notEnoughStartedMembers does.
  tooManyRequests: [UNKNOWN, 'etcdserver: too many requests'],

  noLeader: [UNAVAILABLE, 'etcdserver: no leader'],
  leaderChanged: [UNAVAILABLE, 'etcdserver: leader changed'],
  stopped: [UNAVAILABLE, 'etcdserver: server stopped'],
  timeout: [UNAVAILABLE, 'etcdserver: request timed out'],
  timeoutDueToLeaderFail: [UNAVAILABLE, 'etcdserver: request timed out, possibly due to previous leader failure'],
  timeoutDueToConnectionLost: [UNAVAILABLE, 'etcdserver: request timed out, possibly due to connection lost'],
  timeoutWaitAppliedIndex: [UNAVAILABLE, 'etcdserver: request timed out, waiting for the applied index took too long'],
  unhealthy: [UNAVAILABLE, 'etcdserver: unhealthy cluster'],

  corrupt: [DATA_LOSS, 'etcdserver: corrupt cluster'],

  watchCanceled: [CANCELLED, 'etcdserver: watch canceled'],
  requestCanceled: [CANCELLED, 'etcdserver: request canceled'],
  contextDeadlineExceeded: [DEADLINE_EXCEEDED, 'etcdserver: context deadline exceeded'],

  // The rest travels as Unknown with its raw text.
  noPasswordUser: [UNKNOWN, 'auth: authentication failed, password was given for no password user'],
  timeoutLeaderTransfer: [UNKNOWN, 'etcdserver: request timed out, leader transfer took too long'],
  proposalDropped: [UNKNOWN, 'raft proposal dropped'],
  notPrimaryLessor: [UNKNOWN, 'not a primary lessor'],
  unknownMethod: [UNKNOWN, 'etcdserver: unknown method'],
} as const satisfies Readonly<Record<string, readonly [code: GrpcCode, message: string]>>;

export type ApiErrorName = keyof typeof API_ERRORS;

/** An error with a place on the wire. `name` is a row of the table, or 'other' for what is not in it. */
export class ApiError extends Error {
  override readonly name: ApiErrorName | 'other';
  readonly code: GrpcCode;

  constructor(name: ApiErrorName | 'other', code: GrpcCode, message: string) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

/** The error of that name, fresh. */
export function apiError(name: ApiErrorName): ApiError {
  const [code, message] = API_ERRORS[name];
  return new ApiError(name, code, message);
}

const byMessage = new Map<string, ApiErrorName>();
for (const [name, [, message]] of Object.entries(API_ERRORS)) byMessage.set(message, name as ApiErrorName);

/** The error that a server meant: recognised by its exact message, as etcd's own clients do. */
export function apiErrorFrom(code: GrpcCode, message: string): ApiError {
  return new ApiError(byMessage.get(message) ?? 'other', code, message);
}

/**
 * etcd's v3 API as data: what every message holds, what every method is called, what every error says.
 *
 * Pure. Start at `schema/` for the tables, `types.ts` for the TypeScript types that follow from them, `methods.ts` for the
 * RPCs, `errors.ts` for the one error table of the project, `key-value.ts` for the stored form of a key. The codecs of all
 * messages live in `wire/messages`; what they are made of (`reader.ts`, `varint.ts`, `tags.ts`) is imported from its own file.
 */
export { DecodeError } from './decode-error.ts';
export { API_ERRORS, ApiError, apiError, apiErrorFrom, type ApiErrorName } from './errors.ts';
export { GrpcCode } from './grpc-code.ts';
export {
  createRevisionOf,
  decodeKeyValue,
  encodeKeyValue,
  keyOf,
  keyValueSize,
  leaseOf,
  modRevisionOf,
  valueOf,
  versionOf,
  writeKeyValue,
} from './key-value.ts';
export { DEFAULT_MAX_REQUEST_BYTES, MESSAGE_OVERHEAD_BYTES } from './limits.ts';
export { METHODS, type Method, type MethodName, type MethodsThat, type Streaming } from './methods.ts';
export {
  AlarmAction,
  AlarmType,
  CompareResult,
  CompareTarget,
  DowngradeAction,
  ENUMS,
  EventType,
  FilterType,
  PermissionType,
  ServingStatus,
  SortOrder,
  SortTarget,
  type EnumName,
} from './schema/enums.ts';
export { SCHEMA, type MessageName, type Schema } from './schema/index.ts';
export type { FieldRow, Scalars, ScalarType } from './schema/notation.ts';
export type * from './types.ts';

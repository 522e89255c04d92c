/**
 * Enums by proto name. Fields hold plain numbers, because proto3 enums are open: a value that is not in the table still
 * arrives, and it is for the server to refuse it.
 */
export const ENUMS = {
  SortOrder: { NONE: 0, ASCEND: 1, DESCEND: 2 },
  SortTarget: { KEY: 0, VERSION: 1, CREATE: 2, MOD: 3, VALUE: 4 },
  CompareResult: { EQUAL: 0, GREATER: 1, LESS: 2, NOT_EQUAL: 3 },
  CompareTarget: { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 },
  FilterType: { NOPUT: 0, NODELETE: 1 },
  EventType: { PUT: 0, DELETE: 1 },
  AlarmType: { NONE: 0, NOSPACE: 1, CORRUPT: 2 },
  AlarmAction: { GET: 0, ACTIVATE: 1, DEACTIVATE: 2 },
  DowngradeAction: { VALIDATE: 0, ENABLE: 1, CANCEL: 2 },
  PermissionType: { READ: 0, WRITE: 1, READWRITE: 2 },
  ServingStatus: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 },
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>;

export type EnumName = keyof typeof ENUMS;

export const { SortOrder, SortTarget, CompareResult, CompareTarget, FilterType, EventType } = ENUMS;
export const { AlarmType, AlarmAction, DowngradeAction, PermissionType, ServingStatus } = ENUMS;

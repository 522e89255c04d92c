import type { MessageTable } from './notation.ts';

/** etcdserverpb.Watch. */
export const WATCH_MESSAGES = {
  WatchRequest: {
    createRequest: [1, 'WatchCreateRequest?'],
    cancelRequest: [2, 'WatchCancelRequest?'],
    progressRequest: [3, 'WatchProgressRequest?'],
  },
  WatchCreateRequest: {
    key: [1, 'key'],
    rangeEnd: [2, 'key'],
    startRevision: [3, 'int64'],
    progressNotify: [4, 'bool'],
    filters: [5, 'FilterType[]'],
    prevKv: [6, 'bool'],
    watchId: [7, 'bigInt64'],
    fragment: [8, 'bool'],
  },
  WatchCancelRequest: { watchId: [1, 'bigInt64'] },
  WatchProgressRequest: {},
  WatchResponse: {
    header: [1, 'ResponseHeader'],
    watchId: [2, 'bigInt64'],
    created: [3, 'bool'],
    canceled: [4, 'bool'],
    compactRevision: [5, 'int64'],
    cancelReason: [6, 'string'],
    fragment: [7, 'bool'],
    events: [11, 'Event[]'],
  },
} as const satisfies MessageTable;

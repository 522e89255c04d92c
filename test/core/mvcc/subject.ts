/** What the model programs run on: the store as it is, or a copy with a fault planted in it. */
import { ApiError } from '../../../src/core/api/index.ts';
import { checkTxnRequest, Store, WatchHub } from '../../../src/core/mvcc/index.ts';

export interface Subject {
  readonly Store: typeof Store;
  readonly WatchHub: typeof WatchHub;
  readonly checkTxnRequest: typeof checkTxnRequest;
  readonly ApiError: typeof ApiError;
}

export const SOURCE: Subject = { Store, WatchHub, checkTxnRequest, ApiError };

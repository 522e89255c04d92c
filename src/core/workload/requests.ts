/**
 * The exact requests that kube-apiserver sends, by its own names for them. Each transaction has one compare and at most
 * one operation a branch.
 *
 * Source: recorded from kube-apiserver 1.34.4 (test/golden/kubernetes/kube-apiserver.json); before that etcd client/v3/kubernetes and
 * kubernetes/apiserver pkg/storage/etcd3 (store.go, compact.go, lease_manager.go).
 */
import type { ByteSource, ByteString } from '../../base/bytes.ts';
import { bytesFrom, prefixEnd } from '../../base/bytes.ts';
import { CompareResult, CompareTarget } from '../api/index.ts';
import type { MessageInput } from '../api/index.ts';
import type { Call } from './call.ts';

/** The object that a write is for. */
export interface WriteTarget {
  readonly key: ByteString;
  readonly space: { readonly number: number };
  readonly object: number;
}

/** Range of one key, linearizable. */
export function getCall(kind: string, key: ByteString): Call {
  return { class: kind, method: 'range', request: { key, limit: 1 } };
}

/**
 * The Range of a resource's own name, which no key has: its answer's revision is what a consistent list waits for in the
 * apiserver's cache.
 */
export function resourceRevisionCall(kind: string, prefix: ByteString): Call {
  return { class: kind, method: 'range', request: { key: prefix.slice(0, -1), limit: 1 } };
}

/** Of an id that the server chooses. */
export function grantCall(ttlS: number): Call {
  return { class: 'grant lease', method: 'leaseGrant', request: { ttl: ttlS } };
}

/** The readiness probe: a Range of one key, without a limit. */
export function healthCall(key: ByteString): Call {
  return { class: 'health', method: 'range', request: { key } };
}

/** Txn: if ModRevision(key) = 0 then Put. */
export function createCall(kind: string, target: WriteTarget, value: ByteSource, lease?: bigint): Call {
  const { key, space, object } = target;
  return {
    class: kind,
    method: 'txn',
    request: {
      compare: [modRevisionIs(key, 0)],
      success: [{ requestPut: lease === undefined ? { key, value } : { key, value, lease } }],
    },
    write: { kind: 'create', space: space.number, object, lease },
  };
}

/** Txn: if ModRevision(key) = revision then Put else Range(key). Revision 0: a create that is told what is there. */
export function updateCall(
  kind: string,
  target: WriteTarget,
  revision: number,
  value: ByteSource,
  lease?: bigint,
): Call {
  const { key, space, object } = target;
  return {
    class: kind,
    method: 'txn',
    request: {
      compare: [modRevisionIs(key, revision)],
      success: [{ requestPut: lease === undefined ? { key, value } : { key, value, lease } }],
      failure: [{ requestRange: { key } }],
    },
    write: { kind: 'put', space: space.number, object, lease },
  };
}

/** Txn: if ModRevision(key) = revision then DeleteRange else Range(key). */
export function deleteCall(kind: string, { key, space, object }: WriteTarget, revision: number): Call {
  return {
    class: kind,
    method: 'txn',
    request: {
      compare: [modRevisionIs(key, revision)],
      success: [{ requestDeleteRange: { key } }],
      failure: [{ requestRange: { key } }],
    },
    write: { kind: 'delete', space: space.number, object },
  };
}

/** One page: from `from`, at most `limit` objects (0: all), at the revision of the first page (0: now). */
export function listCall(kind: string, prefix: ByteString, from: ByteString, limit: number, revision: number): Call {
  return { class: kind, method: 'range', request: { key: from, rangeEnd: prefixEnd(prefix), limit, revision } };
}

export function countCall(kind: string, prefix: ByteString): Call {
  return { class: kind, method: 'range', request: { key: prefix, rangeEnd: prefixEnd(prefix), countOnly: true } };
}

/** Txn on the version of the compactor's key: whoever wins the round compacts. */
export function compactTxnCall(key: ByteString, version: number, revision: number): Call {
  return {
    class: 'compact txn',
    method: 'txn',
    request: {
      compare: [{ result: CompareResult.EQUAL, target: CompareTarget.VERSION, key, version }],
      success: [{ requestPut: { key, value: bytesFrom(String(revision)) } }],
      failure: [{ requestRange: { key } }],
    },
  };
}

/**
 * From revision + 1 on. A key that ends in a slash is a prefix: the whole resource. `cached`: as a watch cache opens its watch,
 * with progress notifications; a client's own watch of what no cache holds has none.
 */
export function watchRequest(key: ByteString, revision: number, cached: boolean): MessageInput<'WatchCreateRequest'> {
  return {
    key,
    rangeEnd: key.endsWith('/') ? prefixEnd(key) : '',
    startRevision: revision + 1,
    prevKv: true,
    progressNotify: cached,
  };
}

function modRevisionIs(key: ByteString, modRevision: number): MessageInput<'Compare'> {
  return { result: CompareResult.EQUAL, target: CompareTarget.MOD, key, modRevision };
}

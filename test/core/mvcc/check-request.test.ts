import { describe, expect, it } from 'vitest';
import {
  checkDeleteRangeRequest,
  checkPutRequest,
  checkRangeRequest,
  checkTxnRequest,
} from '../../../src/core/mvcc/index.ts';
import { compareOf, deleteRequest, opOf, putRequest, rangeRequest, txnRequest } from './requests.ts';

const put = (key: string): ReturnType<typeof opOf> => opOf({ requestPut: putRequest({ key }) });
const del = (key: string, rangeEnd = ''): ReturnType<typeof opOf> =>
  opOf({ requestDeleteRange: deleteRequest({ key, rangeEnd }) });
const get = (key: string): ReturnType<typeof opOf> => opOf({ requestRange: rangeRequest({ key }) });
const nested = (success: ReturnType<typeof opOf>[], failure: ReturnType<typeof opOf>[] = []): ReturnType<typeof opOf> =>
  opOf({ requestTxn: txnRequest({ success, failure }) });

const DUPLICATE = 'etcdserver: duplicate key given in txn request';
const TOO_MANY = 'etcdserver: too many operations in txn request';

describe('request checks', () => {
  it('refuse an empty key', () => {
    const empty = 'etcdserver: key is not provided';
    expect(() => checkRangeRequest(rangeRequest({}))).toThrow(empty);
    expect(() => checkPutRequest(putRequest({}))).toThrow(empty);
    expect(() => checkDeleteRangeRequest(deleteRequest({}))).toThrow(empty);
    expect(() => checkTxnRequest(txnRequest({ compare: [compareOf({})] }))).toThrow(empty);
    expect(() => checkTxnRequest(txnRequest({ failure: [nested([get('')])] }))).toThrow(empty);
  });

  it('refuse unknown sort options', () => {
    for (const fields of [{ sortOrder: 3 }, { sortTarget: 5 }, { sortOrder: -1 }]) {
      expect(() => checkRangeRequest(rangeRequest({ key: 'a', ...fields }))).toThrow('etcdserver: invalid sort option');
    }
    checkRangeRequest(rangeRequest({ key: 'a', sortOrder: 2, sortTarget: 4 }));
  });

  it('refuse a value or lease together with its ignore flag', () => {
    expect(() => checkPutRequest(putRequest({ key: 'a', value: 'x', ignoreValue: true }))).toThrow(
      'etcdserver: value is provided',
    );
    expect(() => checkPutRequest(putRequest({ key: 'a', lease: 1n, ignoreLease: true }))).toThrow(
      'etcdserver: lease is provided',
    );
    checkPutRequest(putRequest({ key: 'a', value: 'x', lease: 1n }));
  });

  it('refuse an empty operation', () => {
    expect(() => checkTxnRequest(txnRequest({ success: [opOf({})] }))).toThrow('etcdserver: key not found');
  });

  it('count operations over nested transactions', () => {
    const three = [get('a'), get('b'), get('c')];
    checkTxnRequest(txnRequest({ success: three }), 3);
    expect(() => checkTxnRequest(txnRequest({ failure: three }), 2)).toThrow(TOO_MANY);
    expect(() => checkTxnRequest(txnRequest({ compare: [1, 2, 3].map(() => compareOf({ key: 'a' })) }), 2)).toThrow(
      TOO_MANY,
    );
    checkTxnRequest(txnRequest({ success: [nested(three)] }), 4);
    expect(() => checkTxnRequest(txnRequest({ success: [nested(three)] }), 3)).toThrow(TOO_MANY);
  });

  it.each([
    ['two puts', [put('a'), put('a')]],
    ['a put and its deletion', [put('a'), del('a')]],
    ['a put within a deleted range', [del('a', 'c'), put('b')]],
    ['a put that a nested transaction repeats', [put('a'), nested([put('a')])]],
    ['a put that is deleted within a nested transaction', [nested([del('a')]), put('a')]],
    ['puts in two nested transactions', [nested([put('a')]), nested([], [put('a')])]],
    ['a nested put within a deleted range', [nested([put('b')]), del('a', 'c')]],
    ['a nested deletion before another one’s put', [nested([del('a')]), nested([put('a')])]],
  ])('refuse %s', (_what, ops) => {
    expect(() => checkTxnRequest(txnRequest({ success: ops }))).toThrow(DUPLICATE);
    expect(() => checkTxnRequest(txnRequest({ failure: ops }))).toThrow(DUPLICATE);
  });

  it.each([
    ['overlapping deletions', [del('a', 'd'), del('b')]],
    ['reads of what is written', [put('a'), get('a'), get('a')]],
    ['the two branches of a nested transaction', [nested([put('a')], [put('a')])]],
    ['a key at the end of a deleted range', [del('a', 'c'), put('c')]],
    ['a nested deletion of what an earlier nested transaction puts', [nested([put('a')]), nested([del('a')])]],
    ['an open range with its keys, as etcd does', [del('a', '\0'), put('a'), nested([put('b')])]],
    ['a range whose end is its start', [del('a', 'a'), put('a')]],
  ])('let %s pass', (_what, ops) => {
    checkTxnRequest(txnRequest({ success: ops, failure: ops }));
  });
});

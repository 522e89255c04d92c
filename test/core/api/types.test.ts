import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  API_ERRORS,
  ENUMS,
  METHODS,
  SCHEMA,
  apiError,
  apiErrorFrom,
  type FieldRow,
  type KeyValue,
  type MessageInput,
  type RangeRequest,
  type RangeResponse,
  type TxnRequest,
  type TxnResponse,
} from '../../../src/core/api/index.ts';

const SCALARS = ['key', 'bytes', 'string', 'bool', 'uint32', 'int64', 'uint64', 'bigInt64', 'bigUint64'];

describe('the schema', () => {
  const messages = Object.entries(SCHEMA) as [string, Record<string, FieldRow>][];

  it('names only types that exist', () => {
    const known = new Set([...SCALARS, ...Object.keys(ENUMS), ...Object.keys(SCHEMA)]);
    for (const [message, fields] of messages) {
      for (const [field, [, type]] of Object.entries(fields)) {
        expect(known, `${message}.${field}`).toContain(type.replace(/\[\]$|\?$/, ''));
      }
    }
  });

  it('gives every field of a message a number of its own', () => {
    for (const [message, fields] of messages) {
      const numbers = Object.values(fields).map(([number]) => number);
      expect(new Set(numbers).size, message).toBe(numbers.length);
    }
  });
});

describe('the types', () => {
  it('follow from the schema', () => {
    expectTypeOf<KeyValue>().toEqualTypeOf<{
      key: string;
      createRevision: number;
      modRevision: number;
      version: number;
      value: Uint8Array;
      lease: bigint;
    }>();
    expectTypeOf<RangeRequest['sortOrder']>().toEqualTypeOf<number>();
    expectTypeOf<RangeResponse['kvs']>().toEqualTypeOf<KeyValue[]>();
    expectTypeOf<RangeResponse<Uint8Array>['kvs']>().toEqualTypeOf<Uint8Array[]>();
    expectTypeOf<TxnResponse<Uint8Array>['responses'][number]['responseRange']>().toEqualTypeOf<
      RangeResponse<Uint8Array> | undefined
    >();
    expectTypeOf<TxnRequest['compare'][number]['version']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<TxnRequest['success'][number]['requestTxn']>().toEqualTypeOf<TxnRequest | undefined>();
    expectTypeOf<{ key: string; value: Uint8Array }>().toExtend<MessageInput<'PutRequest'>>();
    expectTypeOf<TxnRequest>().toExtend<MessageInput<'TxnRequest'>>();
    expectTypeOf<TxnResponse<Uint8Array>>().toExtend<MessageInput<'TxnResponse'>>();
    expectTypeOf<{ kay: string }>().not.toExtend<MessageInput<'PutRequest'>>();
  });
});

describe('methods and errors', () => {
  it('have paths of their own', () => {
    const paths = Object.values(METHODS).map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(path).toMatch(/^\/[a-z0-9.]+\.[A-Z][A-Za-z]+\/[A-Z][A-Za-z]+$/);
  });

  it('are recognised by their messages', () => {
    const messages = Object.values(API_ERRORS).map(([, message]) => message);
    expect(new Set(messages).size).toBe(messages.length);
    const sent = apiError('leaseNotFound');
    const received = apiErrorFrom(sent.code, sent.message);
    expect(received).toMatchObject({
      name: 'leaseNotFound',
      code: 5,
      message: 'etcdserver: requested lease not found',
    });
    expect(apiErrorFrom(2, 'something else').name).toBe('other');
  });
});

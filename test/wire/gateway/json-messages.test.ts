import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCHEMA, type Message, type MessageName } from '../../../src/core/api/index.ts';
import { codecs, type Codec } from '../../../src/wire/messages/index.ts';
import { JsonError } from '../../../src/wire/gateway/json-error.ts';
import { messageFromJson } from '../../../src/wire/gateway/json-input.ts';
import { jsonFromMessage } from '../../../src/wire/gateway/json-output.ts';
import { parseJson } from '../../../src/wire/gateway/json-text.ts';
import { arbitraryMessage } from '../messages/reference.ts';

describe('messages as JSON', () => {
  it.each(Object.keys(SCHEMA) as MessageName[])('%s comes back as it went out', (name) => {
    const codec = codecs[name] as unknown as Codec<MessageName>;
    fc.assert(
      fc.property(arbitraryMessage(name), (message) => {
        const json = JSON.stringify(jsonFromMessage(name, message as unknown as Message<MessageName>));
        expect(codec.decode(codec.encode(messageFromJson(name, parseJson(json))))).toEqual(message);
      }),
      { numRuns: 30 },
    );
  });

  it('have proto names, strings for 64 bits, base64, enum names, and no zeros', () => {
    const message = codecs.WatchResponse.decode(
      codecs.WatchResponse.encode({
        header: { memberId: 2n ** 64n - 1n, revision: 5 },
        watchId: -1n,
        events: [{ type: 1, kv: { key: '\xff\0', modRevision: 4 }, prevKv: { value: Buffer.from('v') } }, { type: 7 }],
      }),
    );
    expect(jsonFromMessage('WatchResponse', message)).toEqual({
      header: { member_id: '18446744073709551615', revision: '5' },
      watch_id: '-1',
      events: [{ type: 'DELETE', kv: { key: '/wA=', mod_revision: '4' }, prev_kv: { value: 'dg==' } }, { type: 7 }],
    });
    expect(
      JSON.stringify(
        jsonFromMessage('Member', { id: 1n, name: 'n', peerUrls: ['u'], clientUrls: [], isLearner: true }),
      ),
    ).toBe('{"ID":"1","name":"n","peerURLs":["u"],"isLearner":true}');
    expect(
      jsonFromMessage('PutResponse', codecs.PutResponse.decode(codecs.PutResponse.encode({ header: {} }))),
    ).toEqual({
      header: {},
    });
  });

  it('are taken in either spelling, with numbers as strings or not', () => {
    const expected = { key: 'a', rangeEnd: 'b', limit: 5, sortOrder: 2, sortTarget: 1 };
    const snake = { key: 'YQ==', range_end: 'Yg==', limit: '5', sort_order: 'DESCEND', sort_target: 1 };
    const camel = { key: 'YQ==', rangeEnd: 'Yg==', limit: 5, sortOrder: 2, sortTarget: 'VERSION', unknown: [1] };
    expect(messageFromJson('RangeRequest', snake)).toEqual(expected);
    expect(messageFromJson('RangeRequest', camel)).toEqual(expected);
    expect(messageFromJson('RangeRequest', { key: null, limit: null })).toEqual({});
    expect(messageFromJson('LeaseGrantRequest', { ID: '-1', TTL: 10, id: '5', remainingTTL: 1 })).toEqual({
      id: -1n,
      ttl: 10,
    });
    expect(messageFromJson('LeaseCheckpoint', { remainingTTL: 1 })).toEqual({ remainingTtl: 1 });
  });

  it('take base64 of either alphabet, padded or not, and skip names that no enum has', () => {
    expect(messageFromJson('RangeRequest', { key: 'Zm8' })).toEqual({ key: 'fo' });
    expect(messageFromJson('RangeRequest', { key: '_-8=' })).toEqual({ key: '\xff\xef' });
    expect(messageFromJson('RangeRequest', { key: '/+8' })).toEqual({ key: '\xff\xef' });
    expect(messageFromJson('RangeRequest', { sort_order: 'WRONG', sort_target: 'constructor' })).toEqual({});
    expect(messageFromJson('WatchCreateRequest', { filters: ['WRONG', 'NODELETE'] })).toEqual({ filters: [1] });
  });

  it('hold 64-bit integers by the policy of the schema', () => {
    expect(messageFromJson('RangeRequest', { limit: '9223372036854775807' }).limit).toBe(2 ** 53);
    expect(messageFromJson('RangeRequest', { limit: '-9223372036854775808' }).limit).toBe(-(2 ** 53));
    expect(messageFromJson('MoveLeaderRequest', { targetID: '18446744073709551615' }).targetId).toBe(2n ** 64n - 1n);
  });

  it.each([
    ['1e2', 100],
    ['1.50e1', 15],
    ['-0', 0],
    ['0e999999999', 0],
    ['10e-1', 1],
    ['-120E-1', -12],
  ])('take %s for a whole number, in a string too', (text, limit) => {
    expect(messageFromJson('RangeRequest', { limit: text })).toEqual({ limit });
    expect(messageFromJson('RangeRequest', { limit: Number(text) })).toEqual({ limit });
  });

  it.each([
    ['RangeRequest', [], 'the request'],
    ['RangeRequest', { limit: '1e-1' }, 'limit'],
    ['RangeRequest', { limit: '1e999999999' }, 'limit'],
    ['RangeRequest', { limit: '007' }, 'limit'],
    ['RangeRequest', { limit: ' 7' }, 'limit'],
    ['RangeRequest', { limit: '' }, 'limit'],
    ['RangeRequest', 'x', 'the request'],
    ['RangeRequest', { key: 'a' }, 'key'],
    ['RangeRequest', { key: '_+8=' }, 'key'],
    ['RangeRequest', { key: 'Zm9v=' }, 'key'],
    ['RangeRequest', { key: 'Zm9vZ' }, 'key'],
    ['RangeRequest', { key: 'YQ==', range_end: 'YQ==', rangeEnd: 'YQ==' }, 'rangeEnd'],
    ['RangeRequest', { key: 1 }, 'key'],
    ['RangeRequest', { limit: 'abc' }, 'limit'],
    ['RangeRequest', { limit: 1.5 }, 'limit'],
    ['RangeRequest', { limit: '9223372036854775808' }, 'limit'],
    ['RangeRequest', { limit: true }, 'limit'],
    ['RangeRequest', { sort_order: true }, 'sort_order'],
    ['RangeRequest', { serializable: 'true' }, 'serializable'],
    ['TxnRequest', { compare: {} }, 'compare'],
    ['Compare', { version: 1, mod_revision: '0' }, 'mod_revision'],
    ['TxnRequest', { success: [{ request_put: 1 }] }, 'request_put'],
    ['TxnRequest', { success: [null] }, 'success[0]'],
    ['MemberAddRequest', { peerURLs: [1] }, 'peerURLs[0]'],
    ['MoveLeaderRequest', { targetID: '-1' }, 'targetID'],
  ] as const)('%s refuses %j by name', (name, json, where) => {
    expect(() => messageFromJson(name, json)).toThrow(JsonError);
    expect(() => messageFromJson(name, json)).toThrow(where);
  });

  it('nest only so deep', () => {
    let json: object = {};
    for (let i = 0; i < 10_000; i++) json = { success: [{ requestTxn: json }] };
    expect(() => messageFromJson('TxnRequest', json)).toThrow(JsonError);
  });
});

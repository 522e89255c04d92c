import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.ts';
import { parseEndpoint } from '../../../src/client/control/index.ts';

describe('an endpoint', () => {
  it.each([
    ['127.0.0.1:2379', { host: '127.0.0.1', port: 2379 }, undefined],
    ['etcd-0.etcd:2379', { host: 'etcd-0.etcd', port: 2379 }, undefined],
    ['[::1]:2379', { host: '::1', port: 2379 }, undefined],
    ['http://10.0.0.1:80', { host: '10.0.0.1', port: 80 }, false],
    ['http://10.0.0.1:80/', { host: '10.0.0.1', port: 80 }, false],
    ['https://[fe80::1]:65535', { host: 'fe80::1', port: 65535 }, true],
    ['unix:///run/etcd.sock', { path: '/run/etcd.sock' }, false],
    ['unixs:///run/etcd.sock', { path: '/run/etcd.sock' }, true],
  ])('%s', (text, address, secure) => {
    expect(parseEndpoint(text)).toEqual({ text, address, secure });
  });

  it.each([
    '',
    'host',
    'host:',
    ':2379',
    'host:0',
    'host:65536',
    'host:2379/path',
    'http://host',
    '::1:2379',
    'a b:1',
    'u@h:1',
  ])('%j is refused by name', (text) => {
    expect(() => parseEndpoint(text)).toThrow(UsageError);
    expect(() => parseEndpoint(text)).toThrow(`'${text}'`);
  });

  it('has one of four schemes', () => {
    expect(() => parseEndpoint('ftp://host:21')).toThrow('http, https, unix and unixs');
    expect(() => parseEndpoint('unix://')).toThrow('unix:///run/etcd.sock');
  });
});

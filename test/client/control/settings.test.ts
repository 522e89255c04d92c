import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperationError, UsageError } from '../../../src/base/errors.ts';
import { controlOptions, parseDuration, settingsFromEnvironment } from '../../../src/client/control/index.ts';

describe('ETCDCTL_* variables', () => {
  it('become settings', () => {
    expect(
      settingsFromEnvironment({
        ETCDCTL_API: '3',
        ETCDCTL_ENDPOINTS: 'a:1, b:2',
        ETCDCTL_CACERT: '/ca',
        ETCDCTL_CERT: '/cert',
        ETCDCTL_KEY: '/key',
        ETCDCTL_INSECURE_SKIP_TLS_VERIFY: 'true',
        ETCDCTL_USER: 'root:secret',
        ETCDCTL_DIAL_TIMEOUT: '1m30s',
        ETCDCTL_COMMAND_TIMEOUT: '500ms',
        PATH: '/bin',
      }),
    ).toEqual({
      endpoints: ['a:1', 'b:2'],
      caCert: '/ca',
      cert: '/cert',
      key: '/key',
      insecureSkipTlsVerify: true,
      user: 'root:secret',
      password: undefined,
      dialTimeoutMs: 90_000,
      commandTimeoutMs: 500,
    });
  });

  it('that are empty are not set', () => {
    const settings = settingsFromEnvironment({ ETCDCTL_ENDPOINTS: '', ETCDCTL_USER: '' });
    expect(Object.values(settings).every((value) => value === undefined)).toBe(true);
  });

  it.each([
    [{ ETCDCTL_API: '2' }, 'ETCDCTL_API'],
    [{ ETCDCTL_DIAL_TIMEOUT: '5' }, 'ETCDCTL_DIAL_TIMEOUT'],
    [{ ETCDCTL_COMMAND_TIMEOUT: '0s' }, 'ETCDCTL_COMMAND_TIMEOUT'],
    [{ ETCDCTL_INSECURE_SKIP_TLS_VERIFY: 'yes' }, 'ETCDCTL_INSECURE_SKIP_TLS_VERIFY'],
  ])('are refused by name: %j', (env, name) => {
    expect(() => settingsFromEnvironment(env)).toThrow(UsageError);
    expect(() => settingsFromEnvironment(env)).toThrow(name);
  });

  it('hold durations as Go writes them', () => {
    expect(parseDuration('1.5s', 'x')).toBe(1500);
    expect(parseDuration('2h', 'x')).toBe(7_200_000);
    expect(parseDuration('100us', 'x')).toBeCloseTo(0.1);
    for (const bad of ['', '5', 's', '-1s', '1s ', '1d']) expect(() => parseDuration(bad, 'x')).toThrow(UsageError);
  });
});

describe('settings', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'etcdmark-settings-'));
    writeFileSync(join(directory, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    writeFileSync(join(directory, 'not.pem'), 'hello');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('have etcdctl\u2019s defaults', () => {
    const options = controlOptions({});
    expect(options.endpoints).toEqual([
      { text: '127.0.0.1:2379', address: { host: '127.0.0.1', port: 2379 }, secure: undefined },
    ]);
    expect([options.tls, options.user]).toEqual([undefined, undefined]);
  });

  it('read the files that they name', () => {
    expect(controlOptions({ caCert: join(directory, 'ca.pem') }).tls?.ca?.toString()).toContain('BEGIN');
    expect(() => controlOptions({ caCert: join(directory, 'none') })).toThrow(OperationError);
    expect(() => controlOptions({ caCert: join(directory, 'not.pem') })).toThrow('is not a PEM file');
  });

  it('want a key with a certificate, and a password with a user', () => {
    expect(() => controlOptions({ cert: '/c' })).toThrow('--cert without --key');
    expect(() => controlOptions({ key: '/k' })).toThrow('--key without --cert');
    expect(() => controlOptions({ user: 'root' })).toThrow('name:password');
    expect(controlOptions({ user: 'root:a:b' }).user).toEqual({ name: 'root', password: 'a:b' });
    expect(controlOptions({ user: 'ro:ot', password: 'a:b' }).user).toEqual({ name: 'ro:ot', password: 'a:b' });
  });
});

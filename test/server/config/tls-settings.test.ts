import { getCiphers } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/base/errors.ts';
import { allowedPeers, dialCertificate, tlsLimits } from '../../../src/server/config/tls-settings.ts';

/** Go 1.26's suites for TLS 1.2, of those that OpenSSL 3 still has. Source: crypto/tls, CipherSuites and InsecureCipherSuites. */
const GO_SUITES = [
  'TLS_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
];

describe('tlsLimits', () => {
  it('leaves all but the lowest version to OpenSSL where nothing is set', () => {
    expect(tlsLimits('', 'TLS1.2', '')).toEqual({});
    expect(tlsLimits('', 'TLS1.3', '')).toEqual({ minVersion: 'TLSv1.3' });
  });

  it('knows each of Go’s suites by OpenSSL’s name, and leaves TLS 1.3 as it is', () => {
    const { cipherSuites = [] } = tlsLimits(GO_SUITES.join(), 'TLS1.2', '');
    for (const suite of cipherSuites) expect(getCiphers()).toContain(suite.toLowerCase());
    expect(cipherSuites).toHaveLength(GO_SUITES.length + 3);
    expect(cipherSuites[11]).toBe('ECDHE-RSA-AES128-GCM-SHA256');
    expect(tlsLimits(GO_SUITES[0]!, 'TLS1.2', 'TLS1.2').cipherSuites).toEqual(['AES128-SHA']);
  });

  it('refuses what etcd refuses', () => {
    for (const [suites, min, max] of [
      ['TLS_NO_SUCH_SUITE', 'TLS1.2', ''],
      ['AES128-SHA', 'TLS1.2', ''],
      ['TLS_RSA_WITH_RC4_128_SHA', 'TLS1.2', ''],
      [GO_SUITES[0]!, 'TLS1.3', ''],
      ['', 'TLS1.3', 'TLS1.2'],
      ['', 'TLS1.1', ''],
      ['', 'TLS1.2', 'constructor'],
    ] as const) {
      expect(() => tlsLimits(suites, min, max)).toThrow(OperationError);
    }
  });
});

describe('dialCertificate', () => {
  it('is a certificate with its key, or none', () => {
    expect(dialCertificate('', '')).toBeUndefined();
    expect(dialCertificate('a.crt', 'a.key')).toEqual({ certFile: 'a.crt', keyFile: 'a.key' });
    expect(() => dialCertificate('a.crt', '')).toThrow(OperationError);
    expect(() => dialCertificate('', 'a.key')).toThrow(OperationError);
  });
});

describe('allowedPeers', () => {
  it('reads lists, and takes one of them alone', () => {
    expect(allowedPeers('m1,m2', '')).toEqual({ commonNames: ['m1', 'm2'], hostnames: [] });
    expect(allowedPeers('', 'a.example.org')).toEqual({ commonNames: [], hostnames: ['a.example.org'] });
    expect(() => allowedPeers('m1', 'a.example.org')).toThrow(OperationError);
  });
});

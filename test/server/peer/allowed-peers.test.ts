import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { isAllowed, type Caller } from '../../../src/server/peer/allowed-peers.ts';

const caller = (subject: unknown, subjectaltname = '', authorized = true): Caller => ({
  authorized,
  getPeerCertificate: () => ({ subject, subjectaltname }) as PeerCertificate,
});
const commonNames = (...names: string[]) => ({ commonNames: names, hostnames: [] });
const hostnames = (...names: string[]) => ({ commonNames: [], hostnames: names });

describe('isAllowed', () => {
  it('lets every caller in where nobody is named', () => {
    expect(isAllowed(caller({}, '', false), commonNames())).toBe(true);
  });

  it('goes by the common name, the last where there are more', () => {
    expect(isAllowed(caller({ CN: 'm2' }), commonNames('m1', 'm2'))).toBe(true);
    expect(isAllowed(caller({ CN: ['m9', 'm2'] }), commonNames('m2'))).toBe(true);
    expect(isAllowed(caller({ CN: ['m2', 'm9'] }), commonNames('m2'))).toBe(false);
    expect(isAllowed(caller({ CN: 'm3' }), commonNames('m1', 'm2'))).toBe(false);
    expect(isAllowed(caller({}), commonNames('m1'))).toBe(false);
  });

  it('goes by the names that the certificate stands for', () => {
    const named = caller({ CN: 'm1' }, 'DNS:a.example.org, DNS:*.b.example.org, IP Address:127.0.0.1');
    expect(isAllowed(named, hostnames('x.b.example.org'))).toBe(true);
    expect(isAllowed(named, hostnames('c.example.org', '127.0.0.1'))).toBe(true);
    expect(isAllowed(named, hostnames('m1'))).toBe(false);
  });

  it('believes no certificate that the CA has not signed', () => {
    expect(isAllowed(caller({ CN: 'm1' }, 'DNS:m1', false), commonNames('m1'))).toBe(false);
    expect(isAllowed(caller({ CN: 'm1' }, 'DNS:m1', false), hostnames('m1'))).toBe(false);
  });
});

import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../../src/wire/transport/self-signed.ts';
import { describeWithPeers } from '../../support/peers.ts';

const HOSTS = ['localhost', 'm1.example.org', '127.0.0.1', '::1', 'fd00::1:2', '2001:db8:1:2:3:4:5:6'];
const DAY_MS = 24 * 3_600_000;
const made = (notBeforeMs = Date.UTC(2026, 0, 2, 3, 4, 5), days = 365, hosts = HOSTS) =>
  selfSignedCertificate({ hosts, notBeforeMs, notAfterMs: notBeforeMs + days * DAY_MS });

describe('selfSignedCertificate', () => {
  it('is signed by its own key and belongs to it', () => {
    const { cert, key } = made();
    const read = new X509Certificate(cert);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(read.checkIssued(read)).toBe(true);
    expect(read).toMatchObject({ ca: true, subject: 'O=etcd', keyUsage: ['1.3.6.1.5.5.7.3.1'] });
  });

  it('stands for each host and for no other', () => {
    const read = new X509Certificate(made().cert);
    for (const name of ['localhost', 'm1.example.org']) expect(read.checkHost(name)).toBe(name);
    for (const address of HOSTS.slice(2)) expect(read.checkIP(address)).toBe(address);
    expect(read.checkHost('other.example.org')).toBeUndefined();
    expect(read.checkIP('127.0.0.2')).toBeUndefined();
  });

  it('holds for the time given, beyond 2049 too', () => {
    const near = new X509Certificate(made().cert);
    expect([near.validFrom, near.validTo]).toEqual(['Jan  2 03:04:05 2026 GMT', 'Jan  2 03:04:05 2027 GMT']);
    expect(new X509Certificate(made(undefined, 30 * 365).cert).validTo).toBe('Dec 26 03:04:05 2055 GMT');
  });

  it('has a serial number of its own', () => {
    const serials = [made(), made(), made()].map(({ cert }) => new X509Certificate(cert).serialNumber);
    expect(new Set(serials).size).toBe(3);
  });

  it('takes as many hosts as make its lengths need two bytes', () => {
    const many = Array.from({ length: 40 }, (_, i) => `member-${i}.example.org`);
    const read = new X509Certificate(made(undefined, 1, many).cert);
    expect(read.checkHost(many[39]!)).toBe(many[39]);
  });
});

describeWithPeers(['openssl'], 'selfSignedCertificate, read by openssl', () => {
  it('is well formed to the letter', () => {
    const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: made().cert, encoding: 'utf8' });
    expect(text).toContain('Signature Algorithm: ecdsa-with-SHA256');
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Key Encipherment, Certificate Sign, CRL Sign\n/);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE\n/);
    expect(text).toContain('IP Address:2001:DB8:1:2:3:4:5:6');
  });
});

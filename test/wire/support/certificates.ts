/** A certificate authority, a server and a client of its, made with openssl in a directory of their own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerPath } from '../../support/peers.ts';

export interface Certificates {
  readonly directory: string;
  readonly caFile: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
  /** Another pair for localhost, signed by the same authority. */
  issue(name: string, commonName: string): KeyPair;
  /** The authority's list of revoked certificates, these among them: a file in PEM, and the same in DER. */
  revoke(...pairs: KeyPair[]): { readonly pem: string; readonly der: string };
  remove(): void;
}

export interface KeyPair {
  readonly certFile: string;
  readonly keyFile: string;
}

export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'etcdmark-tls-'));
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync(peerPath('openssl'), args, { cwd: directory, stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  writeFileSync(at('names.cnf'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  const issue = (name: string, commonName: string): KeyPair => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${commonName}`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-extfile',
      'names.cnf',
    );
    return { certFile: at(`${name}.pem`), keyFile: at(`${name}.key`) };
  };
  writeFileSync(at('index.txt'), '');
  writeFileSync(at('authority.cnf'), '[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ndefault_md=sha256\n');
  const authority = ['ca', '-config', 'authority.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
  const revoke = (...pairs: KeyPair[]): { pem: string; der: string } => {
    for (const { certFile } of pairs) openssl(...authority, '-revoke', certFile);
    openssl(...authority, '-gencrl', '-crldays', '1', '-out', 'revoked.pem');
    openssl('crl', '-in', 'revoked.pem', '-outform', 'DER', '-out', 'revoked.der');
    return { pem: at('revoked.pem'), der: at('revoked.der') };
  };
  return {
    directory,
    caFile: at('ca.pem'),
    server: issue('server', 'localhost'),
    client: issue('client', 'alice'),
    issue,
    revoke,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

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
  return {
    directory,
    caFile: at('ca.pem'),
    server: issue('server', 'localhost'),
    client: issue('client', 'alice'),
    issue,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** What a member shows to the peers that it dials. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { MemberConfig } from '../config/member-config.ts';

/**
 * For the end that dials a peer: a member shows the certificate of its own peer port, unless it has one for this, and trusts
 * the CA it demands of others. Undefined where peers speak no TLS.
 */
export function dialTlsOptions(
  config: Pick<MemberConfig, 'peerTls' | 'peerDialCertificate'>,
): ConnectionOptions | undefined {
  const { peerTls: files } = config;
  if (files === undefined) return undefined;
  const shown = config.peerDialCertificate ?? files;
  return {
    cert: readFileSync(shown.certFile),
    key: readFileSync(shown.keyFile),
    ...(files.trustedCaFile === undefined ? {} : { ca: readFileSync(files.trustedCaFile) }),
    ...(files.selfSigned === true ? { rejectUnauthorized: false } : {}),
  };
}

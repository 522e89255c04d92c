/** Certificates for both ends of a connection. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import type { MemberConfig } from '../config/member-config.ts';
import { readServerTls, type ServerTlsFiles } from '../../wire/transport/tls-files.ts';

/** For the listening end: whoever connects shows a certificate where a CA says whose are trusted. */
export function serverTlsOptions(files: ServerTlsFiles): TlsOptions {
  const isMutual = files.trustedCaFile !== undefined;
  return { ...readServerTls(files), requestCert: isMutual, rejectUnauthorized: isMutual };
}

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

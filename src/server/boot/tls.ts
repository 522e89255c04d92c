/** Certificates for both ends of a connection. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { readServerTls, type ServerTlsFiles } from '../../wire/transport/tls-files.ts';

/** For the listening end: whoever connects shows a certificate where a CA says whose are trusted. */
export function serverTlsOptions(files: ServerTlsFiles): TlsOptions {
  const isMutual = files.trustedCaFile !== undefined;
  return { ...readServerTls(files), requestCert: isMutual, rejectUnauthorized: isMutual };
}

/** For the dialling end: a member shows its own certificate, and trusts the CA it demands of others. */
export function clientTlsOptions(files: ServerTlsFiles): ConnectionOptions {
  return {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...(files.trustedCaFile === undefined ? {} : { ca: readFileSync(files.trustedCaFile) }),
    ...(files.selfSigned === true ? { rejectUnauthorized: false } : {}),
  };
}

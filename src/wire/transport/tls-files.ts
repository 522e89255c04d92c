/** Certificates and keys on disk, as etcd's flags name them, read into what node:tls takes. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { SecureContext, SecureContextOptions, SecureVersion, TlsOptions } from 'node:tls';
import { errorMessage, OperationError, UsageError } from '../../base/errors.ts';
import { revokedSerials } from './revocation.ts';

/** etcd's --cert-file, --key-file, --trusted-ca-file, --client-cert-auth, --client-crl-file, --cipher-suites, --tls-*-version. */
export interface ServerTlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Naming it demands a client certificate signed by it, as `clientCertAuth` does. */
  readonly trustedCaFile?: string;
  readonly clientCertAuth?: boolean;
  readonly crlFile?: string;
  /** OpenSSL's names. */
  readonly cipherSuites?: readonly string[];
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** Made by the member for itself: who dials another such member cannot check its certificate. */
  readonly selfSigned?: boolean;
}

/** etcdctl's --cacert, --cert, --key, --insecure-skip-tls-verify; without a CA the system's are trusted. */
export interface ClientTlsFiles {
  readonly trustedCaFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly insecureSkipVerify?: boolean;
  /** In place of the files, where they have been read already. */
  readonly secureContext?: SecureContext;
  /** The name to expect in the server's certificate, where it is not the endpoint's host. */
  readonly serverName?: string;
}

/** Throws OperationError naming the file that could not be read or used. */
export function readServerTls(files: ServerTlsFiles): SecureContextOptions {
  // Asked for every connection; here it need only be there.
  if (files.crlFile !== undefined) revokedSerials(files.crlFile);
  return checked(
    {
      cert: readPem(files.certFile),
      key: readPem(files.keyFile),
      ...(files.trustedCaFile === undefined ? {} : { ca: readPem(files.trustedCaFile) }),
      ...(files.cipherSuites === undefined ? {} : { ciphers: files.cipherSuites.join(':') }),
      minVersion: files.minVersion ?? 'TLSv1.2',
      ...(files.maxVersion === undefined ? {} : { maxVersion: files.maxVersion }),
    },
    files.certFile,
  );
}

/** For a listening end: whoever connects shows a certificate where a CA says whose are trusted. Throws as `readServerTls`. */
export function serverTlsOptions(files: ServerTlsFiles): TlsOptions {
  const isMutual = demandsClientCert(files);
  return { ...readServerTls(files), requestCert: isMutual, rejectUnauthorized: isMutual };
}

function demandsClientCert(files: ServerTlsFiles): boolean {
  if (files.clientCertAuth === true && files.trustedCaFile === undefined) {
    throw new UsageError('client certificates are demanded but no trusted CA file says which');
  }
  return files.trustedCaFile !== undefined;
}

/** Throws OperationError naming the file that could not be read or used. */
export function readClientTls(files: ClientTlsFiles): SecureContext {
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    throw new UsageError('a client certificate needs its key, and a key its certificate');
  }
  const options = {
    ...(files.trustedCaFile === undefined ? {} : { ca: readPem(files.trustedCaFile) }),
    ...(files.certFile === undefined ? {} : { cert: readPem(files.certFile) }),
    ...(files.keyFile === undefined ? {} : { key: readPem(files.keyFile) }),
    minVersion: 'TLSv1.2' as const,
  };
  return createSecureContext(checked(options, files.certFile ?? files.trustedCaFile ?? 'TLS'));
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new OperationError(`TLS: ${errorMessage(error)}`);
  }
}

/** A key that does not belong to its certificate must be refused before it replaces one that does. */
function checked<T extends SecureContextOptions>(options: T, path: string): T {
  try {
    createSecureContext(options);
    return options;
  } catch (error) {
    throw new OperationError(`TLS: ${path}: ${errorMessage(error)}`);
  }
}

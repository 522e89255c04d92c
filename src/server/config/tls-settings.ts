/** What etcd's TLS flags say: files, protocol versions, cipher suites, who may connect to the peer port. */
import { getCiphers, type SecureVersion } from 'node:tls';
import { OperationError } from '../../base/errors.ts';
import type { ServerTlsFiles } from '../../wire/transport/tls-files.ts';

/** Holds for every port; undefined members leave it to OpenSSL. */
export interface TlsLimits {
  /** OpenSSL's names. */
  readonly cipherSuites?: readonly string[];
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
}

/** Go's own choice, which cannot be set: a list of suites bears on TLS 1.2 alone. */
const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const VERSIONS: Readonly<Record<string, SecureVersion>> = { 'TLS1.2': 'TLSv1.2', 'TLS1.3': 'TLSv1.3' };

/** Throws OperationError as etcd refuses what these three say together. */
export function tlsLimits(suites: string, min: string, max: string): TlsLimits {
  const minVersion = version('tls-min-version', min);
  const maxVersion = version('tls-max-version', max);
  if (minVersion === 'TLSv1.3' && maxVersion === 'TLSv1.2') {
    throw new OperationError('min version (TLS1.3) is greater than max version (TLS1.2)');
  }
  const named = suites.split(',').filter((suite) => suite !== '');
  if (named.length > 0 && minVersion === 'TLSv1.3') {
    throw new OperationError('cipher suites cannot be configured when only TLS1.3 is enabled');
  }
  const cipherSuites = [...named.map(openSslName), ...(maxVersion === 'TLSv1.2' ? [] : TLS13_SUITES)];
  return {
    ...(named.length === 0 ? {} : { cipherSuites }),
    // No port serves less than TLS 1.2 anyway.
    ...(minVersion === undefined || minVersion === 'TLSv1.2' ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}

function version(flag: string, text: string): SecureVersion | undefined {
  if (text === '') return undefined;
  const known = Object.hasOwn(VERSIONS, text) ? VERSIONS[text] : undefined;
  if (known === undefined) throw new OperationError(`--${flag}: unexpected TLS version "${text}": TLS1.2 or TLS1.3`);
  return known;
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is OpenSSL's ECDHE-RSA-AES128-GCM-SHA256. */
function openSslName(suite: string): string {
  if (TLS13_SUITES.includes(suite)) return suite;
  const name = suite
    .replace(/^TLS_(RSA_WITH_)?/, '')
    .replace('_WITH_', '_')
    .replace('_CBC_', '_')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace(/(CHACHA20_POLY1305)(_SHA256)?$/, '$1')
    .replaceAll('_', '-');
  if (!suite.startsWith('TLS_') || !getCiphers().includes(name.toLowerCase())) {
    throw new OperationError(`--cipher-suites: unexpected TLS cipher suite "${suite}"`);
  }
  return name;
}

/** What the flags of one port say; empty texts where they say nothing. */
export interface TlsFlags {
  readonly certFile: string;
  readonly keyFile: string;
  readonly trustedCaFile: string;
  readonly crlFile: string;
  readonly clientCertAuth: boolean;
  /** The member makes its own certificate where none is given. */
  readonly isAuto: boolean;
}

/** Undefined where no certificate is named. Throws OperationError where what is named is not enough. */
export function tlsFiles(prefix: '' | 'peer-', flags: TlsFlags, limits: TlsLimits): ServerTlsFiles | undefined {
  const { certFile, keyFile, trustedCaFile, crlFile, clientCertAuth, isAuto } = flags;
  if (certFile === '' && keyFile === '') {
    if (clientCertAuth && !isAuto)
      throw new OperationError(`--${prefix}client-cert-auth needs --${prefix}cert-file and --${prefix}key-file`);
    return undefined;
  }
  if (certFile === '' || keyFile === '') {
    throw new OperationError(`--${prefix}cert-file and --${prefix}key-file are set together: one of them is missing`);
  }
  if (clientCertAuth && trustedCaFile === '') {
    throw new OperationError(
      `--${prefix}client-cert-auth needs --${prefix}trusted-ca-file to check the certificates against`,
    );
  }
  // As in etcd, a trusted CA alone already demands a client certificate.
  return {
    certFile,
    keyFile,
    ...(trustedCaFile === '' ? {} : { trustedCaFile }),
    ...(crlFile === '' ? {} : { crlFile }),
    clientCertAuth: clientCertAuth || trustedCaFile !== '',
    ...limits,
  };
}

/** What a member shows to its peers when it dials them; undefined where it is the certificate of its own peer port. */
export interface DialCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export function dialCertificate(certFile: string, keyFile: string): DialCertificate | undefined {
  if ((certFile === '') !== (keyFile === '')) {
    throw new OperationError(
      '--peer-client-cert-file and --peer-client-key-file are set together: one of them is missing',
    );
  }
  return certFile === '' ? undefined : { certFile, keyFile };
}

/** Whose certificates the peer port takes, where being signed by the CA is not enough; empty lists take all. */
export interface AllowedPeers {
  readonly commonNames: readonly string[];
  readonly hostnames: readonly string[];
}

/** Throws OperationError where both are given, as etcd does. */
export function allowedPeers(commonNames: string, hostnames: string): AllowedPeers {
  const names = (text: string): string[] => text.split(',').filter((name) => name !== '');
  const allowed = { commonNames: names(commonNames), hostnames: names(hostnames) };
  if (allowed.commonNames.length > 0 && allowed.hostnames.length > 0) {
    throw new OperationError('--peer-cert-allowed-cn and --peer-cert-allowed-hostname are mutually exclusive');
  }
  return allowed;
}

/** Certificates that a member makes for itself (--auto-tls, --peer-auto-tls), kept below its data directory as etcd does. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, OperationError } from '../../base/errors.ts';
import type { ServerTlsFiles } from '../../wire/transport/tls-files.ts';
import type { MemberConfig } from '../config/member-config.ts';
import type { MemberUrl } from '../config/values.ts';
import type { Logger } from '../log.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/** The configuration with the certificates it leaves to the member. `nowMs` is Unix time. */
export async function withAutoTls(config: MemberConfig, nowMs: number, log: Logger): Promise<MemberConfig> {
  const own = async (
    purpose: 'client' | 'peer',
    urls: readonly MemberUrl[],
    given: ServerTlsFiles | undefined,
  ): Promise<ServerTlsFiles> => {
    if (given !== undefined) {
      log.warn(`ignoring ${purpose} auto TLS since certs given`);
      return given;
    }
    const directory = join(config.dataDir, 'fixtures', purpose);
    const notAfterMs = nowMs + config.selfSignedValidityYears * YEAR_MS;
    const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
    if (!existsSync(files.certFile) || !existsSync(files.keyFile)) {
      // Loaded only where it is needed: the library takes some 80 ms to load.
      const { selfSignedCertificate } = await import('../../wire/transport/self-signed.ts');
      const made = selfSignedCertificate({ hosts: urls.map(({ host }) => host), notBeforeMs: nowMs, notAfterMs });
      save(directory, files, made);
      log.warn('automatically generate certificates', {
        'certificate-validity-bound-not-after': new Date(notAfterMs).toISOString(),
        path: files.certFile,
      });
    }
    return { ...files, ...config.tlsLimits, selfSigned: true };
  };
  const clientUrls = [...config.listenClientUrls, ...config.listenClientHttpUrls];
  return {
    ...config,
    clientTls: config.clientAutoTls ? await own('client', clientUrls, config.clientTls) : config.clientTls,
    peerTls: config.peerAutoTls ? await own('peer', config.listenPeerUrls, config.peerTls) : config.peerTls,
  };
}

function save(
  directory: string,
  files: { readonly certFile: string; readonly keyFile: string },
  made: { readonly cert: string; readonly key: string },
): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(files.certFile, made.cert);
    writeFileSync(files.keyFile, made.key, { mode: 0o600 });
  } catch (error) {
    throw new OperationError(`cannot keep a certificate in ${directory}: ${errorMessage(error)}`);
  }
}

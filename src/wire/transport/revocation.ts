/**
 * Which certificates an authority has revoked: the serial numbers of its list (RFC 5280 section 5.1), in DER or PEM.
 *
 * As in etcd the list is the operator's word: neither its signature nor its date is looked at, and one serial number bars
 * every certificate that bears it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type * as Schema from '@peculiar/asn1-schema';
import type * as X509 from '@peculiar/asn1-x509';
import { errorMessage, OperationError } from '../../base/errors.ts';

/** Loaded where a list is named: reading ASN.1 costs every start 80 ms otherwise. */
const load = createRequire(import.meta.url);

/** Reads the list. Throws OperationError naming the file that cannot be read as one. */
export function revokedSerials(path: string): ReadonlySet<string> {
  const { AsnConvert } = load('@peculiar/asn1-schema') as typeof Schema;
  const { CertificateList } = load('@peculiar/asn1-x509') as typeof X509;
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    throw new OperationError(`TLS: ${errorMessage(error)}`);
  }
  try {
    const { revokedCertificates = [] } = AsnConvert.parse(derOf(file), CertificateList).tbsCertList;
    return new Set(revokedCertificates.map(({ userCertificate }) => serialText(Buffer.from(userCertificate))));
  } catch {
    throw new OperationError(`TLS: ${path}: not a list of revoked certificates`);
  }
}

/** The first certificate of what the other end has shown that is on the list, by its serial number in hexadecimal. */
export function revokedOf(socket: TLSSocket, revoked: ReadonlySet<string>): string | undefined {
  const seen = new Set<DetailedPeerCertificate>();
  // Without a certificate the object is empty; a root is its own issuer.
  let shown: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (shown?.serialNumber !== undefined && !seen.has(shown as DetailedPeerCertificate)) {
    if (revoked.has(withoutZeros(shown.serialNumber))) return shown.serialNumber;
    seen.add(shown as DetailedPeerCertificate);
    shown = shown.issuerCertificate;
  }
  return undefined;
}

function derOf(file: Buffer): Buffer {
  const armoured = /-----BEGIN X509 CRL-----([\s\S]*?)-----END X509 CRL-----/.exec(file.toString('latin1'));
  return armoured === null ? file : Buffer.from(armoured[1]!, 'base64');
}

function serialText(bytes: Buffer): string {
  return withoutZeros(bytes.toString('hex').toUpperCase());
}

function withoutZeros(hex: string): string {
  return hex.replace(/^0+/, '');
}

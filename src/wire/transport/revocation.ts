/**
 * Which certificates an authority has revoked: the serial numbers of its list (RFC 5280 section 5.1), in DER or PEM.
 *
 * As in etcd the list is the operator's word: neither its signature nor its date is looked at, and one serial number bars
 * every certificate that bears it.
 */
import { readFileSync } from 'node:fs';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { errorMessage, OperationError } from '../../base/errors.ts';

const INTEGER = 0x02;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;

/** Reads the list. Throws OperationError naming the file that cannot be read as one. */
export function revokedSerials(path: string): ReadonlySet<string> {
  try {
    return serialsIn(derOf(readFileSync(path)));
  } catch (error) {
    if (error instanceof RangeError) throw new OperationError(`TLS: ${path}: not a list of revoked certificates`);
    throw new OperationError(`TLS: ${errorMessage(error)}`);
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

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** Throws RangeError where the bytes are not a list. */
function serialsIn(der: Buffer): Set<string> {
  const [list] = elements(der);
  const [body] = elements(contentOf(list, SEQUENCE));
  const fields = elements(contentOf(body, SEQUENCE));
  if (fields[0]?.tag === INTEGER) fields.shift();
  const [signature, issuer, thisUpdate, ...rest] = fields;
  contentOf(signature, SEQUENCE);
  contentOf(issuer, SEQUENCE);
  if (!isTime(thisUpdate)) throw new RangeError('no date');
  if (isTime(rest[0])) rest.shift();
  // Absent where nothing is revoked; what may follow has another tag.
  const entries = rest[0]?.tag === SEQUENCE ? elements(rest[0].content) : [];
  return new Set(
    entries.map((entry) => {
      const [serial] = elements(contentOf(entry, SEQUENCE));
      return withoutZeros(contentOf(serial, INTEGER).toString('hex').toUpperCase());
    }),
  );
}

function isTime(element: Element | undefined): boolean {
  return element?.tag === UTC_TIME || element?.tag === GENERALIZED_TIME;
}

function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new RangeError('another element was expected');
  return element.content;
}

/** Elements that stand one after another. Lengths: ITU-T X.690 section 8.1.3. */
function elements(der: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < der.length;) {
    const tag = der.readUInt8(at);
    const first = der.readUInt8(at + 1);
    const lengthBytes = Math.max(0, first - 0x80);
    const start = at + 2 + lengthBytes;
    // 0x80 itself has no place in DER, and is refused for having no bytes.
    const length = first < 0x80 ? first : der.readUIntBE(at + 2, lengthBytes);
    if (start + length > der.length) throw new RangeError('cut short');
    found.push({ tag, content: der.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

function withoutZeros(hex: string): string {
  return hex.replace(/^0+/, '');
}

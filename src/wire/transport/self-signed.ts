/** A self-signed X.509 certificate with its key, as etcd's --auto-tls makes one: node:crypto signs but writes none. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

export interface SelfSignedOptions {
  /** Names and IP addresses that the certificate stands for. */
  readonly hosts: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Both as PEM; the key is an EC one on P-256. Encoding: RFC 5280 section 4, ITU-T X.690. */
export function selfSignedCertificate(options: SelfSignedOptions): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(oid('2.5.4.10'), element(UTF8_STRING, Buffer.from('etcd')))));
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const body = sequence(
    explicit(0, integer(Buffer.of(2))),
    // 16 bytes with the first bit clear: positive, and not the same twice.
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(options.notBeforeMs), time(options.notAfterMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, extensions(options.hosts)),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, bitString(0, signature));
  return { cert: pem('CERTIFICATE', certificate), key: privateKey.export({ type: 'sec1', format: 'pem' }) as string };
}

function extensions(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) => {
    const address = addressBytes(host);
    return address === undefined ? element(0x82, Buffer.from(host, 'latin1')) : element(0x87, address);
  });
  return sequence(
    // The bits 0, 2, 5 and 6. Signing of certificates is more than etcd's has: without it OpenSSL trusts no --cacert of it.
    extension('2.5.29.15', true, bitString(1, Buffer.of(0b1010_0110))),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.19', true, sequence(element(BOOLEAN, Buffer.of(0xff)))),
    extension('2.5.29.17', false, sequence(...names)),
  );
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;

function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), length(bytes.length), bytes]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.of(bytes);
  if (bytes < 0x100) return Buffer.of(0x81, bytes);
  return Buffer.of(0x82, bytes >> 8, bytes & 0xff);
}

const sequence = (...content: readonly Buffer[]): Buffer => element(SEQUENCE, ...content);
const set = (...content: readonly Buffer[]): Buffer => element(SET, ...content);
const integer = (bytes: Buffer): Buffer => element(INTEGER, bytes);
const explicit = (number: number, content: Buffer): Buffer => element(0xa0 + number, content);
const bitString = (unusedBits: number, bytes: Buffer): Buffer => element(BIT_STRING, Buffer.of(unusedBits), bytes);

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [element(BOOLEAN, Buffer.of(0xff))] : [];
  return sequence(oid(id), ...critical, element(OCTET_STRING, value));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [40 * first + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
    bytes.push(...groups);
  }
  return element(OBJECT_IDENTIFIER, Buffer.from(bytes));
}

/** Years up to 2049 have two digits, as RFC 5280 demands. */
function time(atMs: number): Buffer {
  const digits = `${new Date(atMs).toISOString().replace(/[-:T]|\..*/g, '')}Z`;
  return digits < '2050'
    ? element(UTC_TIME, Buffer.from(digits.slice(2)))
    : element(GENERALIZED_TIME, Buffer.from(digits));
}

function addressBytes(host: string): Buffer | undefined {
  if (isIPv4(host)) return Buffer.from(host.split('.').map(Number));
  if (!isIPv6(host)) return undefined;
  // The URL parser writes an address's groups in one way; one :: stands for the zeros that are missing.
  const [head = '', tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

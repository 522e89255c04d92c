/** A self-signed X.509 certificate with its key, as etcd's --auto-tls makes one: node:crypto signs but writes none. */
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

export interface SelfSignedOptions {
  /** Names and IP addresses that the certificate stands for. */
  readonly hosts: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const ORGANIZATION_NAME = '2.5.4.10';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/** Both as PEM; the key is an EC one on P-256. */
export function selfSignedCertificate(options: SelfSignedOptions): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const organization = new AttributeTypeAndValue({
    type: ORGANIZATION_NAME,
    value: new AttributeValue({ utf8String: 'etcd' }),
  });
  const name = new Name([new RelativeDistinguishedName([organization])]);
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    // 16 bytes with the first bit clear: positive, and not the same twice.
    serialNumber: Uint8Array.of(1, ...randomBytes(15)).buffer,
    signature: signatureAlgorithm,
    issuer: name,
    validity: new Validity({ notBefore: new Date(options.notBeforeMs), notAfter: new Date(options.notAfterMs) }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo),
    extensions: extensions(options.hosts),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), privateKey);
  const signatureValue = Uint8Array.from(signature).buffer;
  const certificate = new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue });
  return {
    cert: new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString(),
    key: privateKey.export({ type: 'sec1', format: 'pem' }) as string,
  };
}

function extensions(hosts: readonly string[]): Extensions {
  const { digitalSignature, keyEncipherment, keyCertSign, cRLSign } = KeyUsageFlags;
  const names = hosts.map((host) => new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host }));
  return new Extensions([
    // Signing of certificates is more than etcd's has: without it OpenSSL trusts no --cacert of it.
    extension(id_ce_keyUsage, true, new KeyUsage(digitalSignature | keyEncipherment | keyCertSign | cRLSign)),
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true })),
    extension(id_ce_subjectAltName, false, new SubjectAlternativeName(names)),
  ]);
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

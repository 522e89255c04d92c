/** Whether a caller's certificate, already checked against the CA, is one that --peer-cert-allowed-* lets in. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { AllowedPeers } from '../config/tls-settings.ts';

export interface Caller {
  /** The certificate is signed by the trusted CA. */
  readonly authorized: boolean;
  getPeerCertificate(): PeerCertificate;
}

export function isAllowed(caller: Caller, { commonNames, hostnames }: AllowedPeers): boolean {
  if (commonNames.length === 0 && hostnames.length === 0) return true;
  if (!caller.authorized) return false;
  const certificate = caller.getPeerCertificate();
  if (commonNames.length > 0) {
    // A subject may name more than one; etcd goes by the last.
    const named: string | string[] | undefined = certificate.subject.CN;
    const name = Array.isArray(named) ? named.at(-1) : named;
    return name !== undefined && commonNames.includes(name);
  }
  return hostnames.some((hostname) => checkServerIdentity(hostname, certificate) === undefined);
}

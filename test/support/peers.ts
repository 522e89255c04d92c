/**
 * Real peers (Debian's etcd, etcdctl, fio, chromium and others). A test that needs one runs whenever it is there, says so
 * when it is not, and fails in CI when it is missing, so that a green CI means that the peers agreed; Go alone may be missing.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';
import { from, versionOfBinary } from './peer-version.ts';

export type Peer = 'etcd' | 'etcdctl' | 'fio' | 'chromium' | 'strace' | 'nghttp' | 'h2load' | 'curl' | 'openssl' | 'go';

/** Debian's Go is too old for the client library, so CI cannot install one where its machine has none. */
const NOT_INSTALLABLE: readonly Peer[] = ['go'];

/** The path of a peer's binary, or undefined where it is not installed: $ETCD for etcd, $ETCDCTL for etcdctl, or in PATH. */
function findPeer(peer: Peer): string | undefined {
  const named = process.env[peer.toUpperCase()];
  if (named !== undefined && named.includes('/')) return named;
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(directory, peer);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** The path of a peer that `describeWithPeers` has already found. */
export function peerPath(peer: Peer): string {
  const path = findPeer(peer);
  if (path === undefined) throw new Error(`${peer} is not installed`);
  return path;
}

/** A `describe` whose tests need every one of `peers`. */
export function describeWithPeers(peers: readonly Peer[], name: string, body: () => void): void {
  const missing = peers.filter((peer) => findPeer(peer) === undefined);
  if (missing.length === 0) {
    describe(name, body);
  } else if (process.env['CI'] && missing.some((peer) => !NOT_INSTALLABLE.includes(peer))) {
    describe(name, () => {
      it(`needs ${missing.join(', ')}`, () => {
        throw new Error(`not installed in CI: ${missing.join(', ')}`);
      });
    });
  } else {
    describe.skip(`${name} (not run: ${missing.join(', ')} not installed)`, body);
  }
}

/**
 * A `describe` whose tests need an etcd of the minor version whose contract is met, or a newer one: `ETCD=path`. Where
 * there is but an older one, as in Debian, they are skipped, in CI too.
 */
export function describeWithNewEtcd(name: string, body: () => void): void {
  const path = findPeer('etcd');
  if (path !== undefined && from('3.6')(versionOfBinary(path))) describe(name, body);
  else describe.skip(`${name} (not run: ETCD names no etcd of 3.6 or newer)`, body);
}

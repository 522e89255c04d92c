/**
 * Real peers (Debian's etcd, etcdctl, fio, chromium and others). A test that needs one runs whenever it is there, says so
 * when it is not, and fails in CI when it is missing, so that a green CI means that the peers agreed; Go alone may be missing.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';

export type Peer = 'etcd' | 'etcdctl' | 'fio' | 'chromium' | 'strace' | 'nghttp' | 'h2load' | 'curl' | 'openssl' | 'go';

/** Debian's Go is too old for the client library, so CI cannot install one where its machine has none. */
const NOT_INSTALLABLE: readonly Peer[] = ['go'];

/** The path of a peer's binary, or undefined where it is not installed. */
function findPeer(peer: Peer): string | undefined {
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

/** Versions of the real etcds beside which the bundled server is tested. */
import { execFileSync } from 'node:child_process';

export type PeerVersion = readonly [major: number, minor: number, patch: number];

/** `3.6.16`, or `3.6.0` written as `3.6`. */
export function peerVersion(text: string): PeerVersion {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) throw new Error(`'${text}' is no version of etcd; expected one such as 3.6.16`);
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** What the etcd at a path, or of a name in PATH, says that it is. */
export function versionOfBinary(etcd: string): PeerVersion {
  const text = execFileSync(etcd, ['--version'], { encoding: 'utf8' });
  return peerVersion(/^etcd Version: (.*)$/m.exec(text)?.[1] ?? text);
}

/**
 * True of versions from before a change: it came in each of `releases`, the first with it of its minor version, and in
 * every minor version after the last of them.
 */
export function before(...releases: readonly string[]): (peer: PeerVersion) => boolean {
  const first = releases.map(peerVersion).sort((a, b) => compare(a, b));
  return (peer) => {
    const own = first.find(([major, minor]) => major === peer[0] && minor === peer[1]);
    return compare(peer, own ?? first.at(-1)!) < 0;
  };
}

/** True of the versions that `before` is not true of. */
export function from(...releases: readonly string[]): (peer: PeerVersion) => boolean {
  const isBefore = before(...releases);
  return (peer) => !isBefore(peer);
}

function compare(a: PeerVersion, b: PeerVersion): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

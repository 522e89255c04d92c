/** The table of flags beside `etcd --help`. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { findFlag, FLAGS } from '../../../src/server/config/flags.ts';
import { from, versionOfBinary } from '../../support/peer-version.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';

/** Taken by the command line itself. */
const ELSEWHERE = new Set(['config-file', 'version', 'help']);

/** Whose defaults were others before 3.6. */
const CHANGED_DEFAULTS = new Set(['discovery-fallback', 'experimental-backend-bbolt-freelist-type', 'v2-deprecation']);
const hasTheirDefaults = from('3.6');

/** By name, what the help shows as the default; undefined where it shows none. */
function listedFlags(): Map<string, string | undefined> {
  const help = execFileSync(peerPath('etcd'), ['--help'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const listed = new Map<string, string | undefined>();
  for (const [, name, initial] of help.matchAll(/^ +--([a-z0-9-]+)(?: '([^']*)')?/gm)) {
    if (!ELSEWHERE.has(name!)) listed.set(name!, initial);
  }
  return listed;
}

describeWithPeers(['etcd'], 'the flags of a real etcd', () => {
  it('are all known: served, or refused with a reason', () => {
    const listed = [...listedFlags().keys()];
    expect(listed.length).toBeGreaterThan(60);
    expect(listed.filter((name) => findFlag(name) === undefined)).toEqual([]);
  });

  it('that are not served may be given with their default', () => {
    const isNew = hasTheirDefaults(versionOfBinary(peerPath('etcd')));
    const wrong = [...listedFlags()].flatMap(([name, initial]) => {
      if (CHANGED_DEFAULTS.has(name) && !isNew) return [];
      const spec = FLAGS[findFlag(name)!];
      return 'refused' in spec && initial !== undefined && initial !== spec.initial
        ? [`--${name}: ${initial}, not ${spec.initial}`]
        : [];
    });
    expect(wrong).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { findLiveEtcd } from '../../../src/probe/facts/index.ts';
import { recordedTree } from '../../../src/probe/facts/tree.ts';

/** Device numbers by prefix of the path; others cannot be looked at. */
const devices =
  (numbers: Readonly<Record<string, number>>) =>
  (path: string): number | undefined =>
    Object.entries(numbers).find(([prefix]) => path === prefix || path.startsWith(`${prefix}/etcd`))?.[1];

const openWal = recordedTree({
  files: { '/proc/77/comm': 'k3s-server\n' },
  links: {
    '/proc/77/fd/9': '/data/etcd/member/wal/0000000000000001-0000000000000001.wal',
    '/proc/77/fd/1': '/dev/null',
  },
});

const foreign = (commandLine: string) =>
  recordedTree({ files: { '/proc/88/comm': 'etcd\n', '/proc/88/cmdline': commandLine }, links: {} });

describe('a live etcd', () => {
  it('is found by its open WAL on the same device, whatever the program is called', () => {
    expect(findLiveEtcd(openWal, '/data', devices({ '/data': 1 }))?.evidence).toMatch(/process 77 .*\.wal/);
  });

  it('on another device does not count', () => {
    expect(findLiveEtcd(openWal, '/other', devices({ '/data': 1, '/other': 2 }))).toBeUndefined();
  });

  it('of another user is known by its data directory', () => {
    const seen = devices({ '/data': 1, '/other': 2 });
    for (const line of [
      'etcd\0--data-dir=/data/etcd\0',
      'etcd\0--data-dir\0/data/etcd\0',
      'etcd\0-data-dir=/data/etcd\0',
    ]) {
      expect(findLiveEtcd(foreign(line), '/data', seen)?.evidence).toContain('/data/etcd');
      expect(findLiveEtcd(foreign(line), '/other', seen)).toBeUndefined();
    }
  });

  it('whose place cannot be told counts', () => {
    expect(findLiveEtcd(foreign('etcd\0'), '/data', devices({ '/data': 1 }))?.evidence).toContain('process 88');
  });

  it('is assumed where a member directory holds a WAL, seen from above and from inside', () => {
    const nothing = recordedTree({ files: {}, links: {} });
    const member = devices({ '/v/member/wal': 1 });
    expect(findLiveEtcd(nothing, '/v', member)?.evidence).toContain('/v/member');
    expect(findLiveEtcd(nothing, '/v/member/wal', member)?.evidence).toContain('/v/member');
    expect(findLiveEtcd(nothing, '/w', member)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { readingOf } from '../../src/bench/metrics/reading.ts';
import { troubleIn } from '../../src/bench/safety.ts';

describe('troubleIn', () => {
  const at = (text: string) => [readingOf('m1', 0, text)];
  const calm = at('etcd_server_has_leader 1\netcd_server_leader_changes_seen_total 3\n');

  it.each([
    [
      'a full database',
      'etcd_mvcc_db_total_size_in_bytes 900\netcd_server_quota_backend_bytes 1000\n',
      'm1: its database has reached 90 % of its quota',
    ],
    ['no leader', 'etcd_server_has_leader 0\n', 'm1: it has no leader'],
    [
      'a new leader',
      'etcd_server_leader_changes_seen_total 4\n',
      'm1: it saw a change of leader that this run did not order',
    ],
  ])('stops for %s', (_, text, trouble) => {
    expect(troubleIn(calm, at(text))).toBe(trouble);
  });

  it('lets a calm cluster be loaded', () => {
    expect(troubleIn(calm, calm)).toBeUndefined();
    expect(
      troubleIn(calm, at('etcd_mvcc_db_total_size_in_bytes 700\netcd_server_quota_backend_bytes 1000\n')),
    ).toBeUndefined();
  });
});

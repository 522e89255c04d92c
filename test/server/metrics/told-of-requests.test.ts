/** What a member's metrics tell of the requests that it was sent. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { MemberServices } from '../../../src/server/services.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { MemberClient, type PendingCall } from '../support/member-client.ts';

const NOSPACE = 1;

let cluster: MemoryCluster;
let services: MemberServices;
let client: MemberClient;

beforeEach(() => {
  cluster = new MemoryCluster(1);
  services = cluster.elect();
  client = new MemberClient(services, cluster.clock);
});

function ended<A>(call: PendingCall<A>): PendingCall<A> {
  cluster.clock.advance(100);
  expect(call.answer ?? call.failure).toBeDefined();
  return call;
}

/** The samples of a family without its buckets, as `labels value`. */
function samples(name: string): string[] {
  const text = services.member.parts.metrics.registry.expose();
  return [...text.matchAll(new RegExp(`^${name}(?:_count)?(\\{.*\\})? (\\S+)$`, 'gm'))].map(
    ([, labels = '', value]) => `${labels} ${value}`,
  );
}

describe('applied requests', () => {
  const count = (op: string, success: string): string | undefined =>
    samples('etcd_server_apply_duration_seconds').find((sample) => sample.includes(`op="${op}",success="${success}"`));

  it('are counted by kind and outcome', () => {
    ended(client.unary('put', { key: 'a' }));
    ended(client.unary('put', { key: 'a' }));
    ended(client.unary('put', { key: 'none', ignoreValue: true }));
    ended(client.unary('txn', { success: [{ requestPut: { key: 'b' } }] }));
    ended(client.unary('leaseGrant', { ttl: 60 }));
    expect(count('Put', 'true')).toBe('{op="Put",success="true",version="v3"} 2');
    expect(count('Put', 'false')).toBe('{op="Put",success="false",version="v3"} 1');
    expect(count('Txn', 'true')).toMatch(/ 1$/);
    expect(count('LeaseGrant', 'true')).toMatch(/ 1$/);
    expect(count('ClusterMemberAttrSet', 'true')).toMatch(/ 1$/);
    expect(count('DeleteRange', 'true')).toBeUndefined();
  });

  it('are no failures where they compact what is compacted', () => {
    ended(client.unary('put', { key: 'a' }));
    ended(client.unary('compact', { revision: 2 }));
    expect(ended(client.unary('compact', { revision: 2 })).failure).toBeDefined();
    expect(count('Compaction', 'true')).toMatch(/ 2$/);
    expect(count('Compaction', 'false')).toBeUndefined();
  });
});

describe('ranges', () => {
  it('are timed, those that fail apart', () => {
    ended(client.unary('put', { key: 'a' }));
    ended(client.unary('range', { key: 'a' }));
    ended(client.unary('range', { key: 'a', rangeEnd: 'b', serializable: true }));
    ended(client.unary('range', { key: 'a', revision: 1000 }));
    expect(samples('etcd_server_range_duration_seconds')).toEqual(['{success="true"} 2', '{success="false"} 1']);
  });
});

describe('alarms', () => {
  it('are 1 while they are raised, and 0 once they are not', () => {
    const memberId = services.member.parts.id;
    const labels = `{alarm_type="NOSPACE",server_id="${memberId.toString(16)}"}`;
    expect(samples('etcd_debugging_server_alarms')).toEqual([]);
    ended(client.unary('alarm', { action: 1, memberId, alarm: NOSPACE }));
    expect(samples('etcd_debugging_server_alarms')).toEqual([`${labels} 1`]);
    ended(client.unary('alarm', { action: 2, memberId, alarm: NOSPACE }));
    expect(samples('etcd_debugging_server_alarms')).toEqual([`${labels} 0`]);
  });
});

describe('members', () => {
  it('are those that this one knows of', () => {
    const id = services.member.parts.id.toString(16);
    expect(samples('etcd_network_known_peers')).toEqual([`{Local="${id}",Remote="${id}"} 1`]);
  });

  it('that could not be promoted are counted by the reason', () => {
    ended(client.unary('memberPromote', { id: 99n }));
    expect(samples('etcd_server_learner_promote_failures')).toEqual(['{Reason="etcdserver: member not found"} 1']);
  });
});

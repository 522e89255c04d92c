import { describe, expect, it } from 'vitest';
import { memberFromJson, memberToJson } from '../../../src/server/membership/member-json.ts';
import { clusterIdFor, memberIdFor, type Member } from '../../../src/server/membership/member.ts';
import { Membership } from '../../../src/server/membership/membership.ts';

function member(id: bigint, overrides: Partial<Member> = {}): Member {
  return { id, name: `m${id}`, peerUrls: [`http://127.0.0.1:${id}`], clientUrls: [], isLearner: false, ...overrides };
}

describe('member ids', () => {
  it('are what etcd makes of the same peer URLs and token', () => {
    // Printed by etcd 3.4.23 started with its defaults.
    const id = memberIdFor(['http://localhost:2380'], 'etcd-cluster');
    expect(id.toString(16)).toBe('8e9e05c52164694d');
    expect(clusterIdFor([id]).toString(16)).toBe('cdf818194e3a8c32');
  });
});

describe('member records', () => {
  it('keep an id above 2^53 exactly', () => {
    const record = member(0xffff_ffff_ffff_fffdn, { isLearner: true, clientUrls: ['http://127.0.0.1:9'] });
    const text = memberToJson(record, true);
    expect(text).toContain('"id":18446744073709551613');
    expect(memberFromJson(text)).toEqual({ member: record, isPromote: true });
  });
});

describe('Membership', () => {
  it('refuses what etcd refuses', () => {
    const cluster = new Membership([member(1n), member(2n), member(3n)]);
    cluster.remove(3n);
    expect(() => cluster.checkAdd(member(3n), 1)).toThrow('etcdserver: member not found');
    expect(() => cluster.checkAdd(member(1n), 1)).toThrow('etcdserver: member ID already exist');
    expect(() => cluster.checkAdd(member(4n, { peerUrls: ['http://127.0.0.1:1'] }), 1)).toThrow(
      'etcdserver: Peer URLs already exists',
    );
    cluster.set(member(5n, { isLearner: true }));
    expect(() => cluster.checkAdd(member(6n, { isLearner: true }), 1)).toThrow('too many learner members');
    expect(() => cluster.checkPromote(1n)).toThrow('can only promote a learner member');
    expect(() => cluster.checkPromote(9n)).toThrow('member not found');
  });

  it('keeps a quorum of started voters', () => {
    const unstarted = new Membership([member(1n), member(2n), member(3n, { name: '' })]);
    expect(() => unstarted.checkStarted('add')).toThrow('not enough started members');
    expect(() => unstarted.checkStarted('remove', 1n)).toThrow('not enough started members');
    expect(() => unstarted.checkStarted('remove', 3n)).not.toThrow();
    expect(() => new Membership([member(1n)]).checkStarted('add')).not.toThrow();
    const grown = new Membership([member(1n), member(2n, { isLearner: true })]);
    expect(() => grown.checkStarted('promote')).not.toThrow();
    expect(() => unstarted.checkStarted('promote')).not.toThrow();
    const halfStarted = new Membership([member(1n), member(2n, { name: '' }), member(3n, { name: '' })]);
    expect(() => halfStarted.checkStarted('promote')).toThrow('not enough started members');
  });
});

import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../../src/base/errors.ts';
import { AlarmType, apiError } from '../../../src/core/api/index.ts';
import { encodeKeyValue } from '../../../src/core/api/key-value.ts';
import { LeaderRequests } from '../../../src/server/handlers/forwarding.ts';
import { contradicted, CorruptionCheck } from '../../../src/server/maintenance/corruption-check.ts';
import type { Member } from '../../../src/server/member/member.ts';
import { codecs } from '../../../src/wire/messages/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

describe('contradicted', () => {
  const answer = (id: bigint, hash: number, compactRevision = 5) => ({ id, hash, compactRevision });

  it('names whom the majority contradicts, and member 0 where there is none', () => {
    expect(contradicted([answer(1n, 7), answer(2n, 7), answer(3n, 7)])).toEqual([]);
    expect(contradicted([answer(1n, 7), answer(2n, 8), answer(3n, 7)])).toEqual([2n]);
    expect(contradicted([answer(1n, 7), answer(2n, 8)])).toEqual([0n]);
  });

  it('does not compare hashes over different compactions', () => {
    expect(contradicted([answer(1n, 7), answer(2n, 8, 4), answer(3n, 7)])).toEqual([]);
  });
});

describe('the corruption check', () => {
  it('raises CORRUPT for the one member whose data differs', () => {
    const cluster = new MemoryCluster(3);
    const leader = cluster.elect();
    leader.member.propose('put', codecs.PutRequest.encode({ key: 'a', value: Buffer.from('1') }), {
      applied: () => undefined,
      failed: () => undefined,
    });
    cluster.clock.advance(500);
    let found: readonly bigint[] | undefined;
    leader.checkCorruption((corrupt) => (found = corrupt));
    cluster.clock.advance(500);
    expect(found).toEqual([]);

    const index = [0, 1, 2].find((i) => cluster.services(i) !== leader)!;
    const value = encodeKeyValue({
      key: 'a',
      value: Buffer.from('2'),
      createRevision: 2,
      modRevision: 2,
      version: 1,
      lease: 0n,
    });
    cluster.backend(index).deleteRevision(2, 0);
    cluster.backend(index).putRevision(2, 0, false, value);
    leader.checkCorruption((corrupt) => (found = corrupt));
    cluster.clock.advance(500);
    const corrupted = cluster.services(index).member.parts.id;
    expect(found).toEqual([corrupted]);
    for (const i of [0, 1, 2]) {
      expect(
        cluster
          .services(i)
          .member.store.alarms.list(AlarmType.CORRUPT)
          .map(({ memberId }) => memberId),
      ).toEqual([corrupted]);
    }
  });
});

describe('what is held at a revision', () => {
  const heldWhere = (hashKV: () => never) => {
    const member = { store: { hashKV }, parts: { clock: new ManualClock() } } as unknown as Member;
    const check = new CorruptionCheck(member, new LeaderRequests(member), 0);
    let held: unknown = 'not said';
    check.hash(5, (told) => (held = told));
    return held;
  };

  it('cannot be said of a revision that is compacted or yet to come', () => {
    const refuse = (): never => {
      throw apiError('compacted');
    };
    expect(heldWhere(refuse)).toBeUndefined();
  });

  it('hides no fault of our own', () => {
    const fail = (): never => {
      throw new AssertionError('a row without a revision');
    };
    expect(() => heldWhere(fail)).toThrow('a row without a revision');
  });
});

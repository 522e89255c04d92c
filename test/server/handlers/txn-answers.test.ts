import { describe, expect, it, vi } from 'vitest';
import type { MessageInput } from '../../../src/core/api/index.ts';
import { ALL, keyAt, KEYS, memberWithManyKeys, texts } from '../support/many-keys.ts';
import type { PendingCall } from '../support/member-client.ts';

const OUT_OF_RANGE = 11;
const RANGES = 6;

type Txn = MessageInput<'TxnRequest'>;
type Cluster = ReturnType<typeof memberWithManyKeys>['cluster'];

const all = { requestRange: ALL };
const compare = [{ ...ALL, target: 3, value: Buffer.from('old') }];
const linearizable: Txn = { compare, success: Array.from({ length: RANGES }, () => all) };
const serializable: Txn = {
  compare,
  success: Array.from({ length: RANGES }, () => ({ requestRange: { ...ALL, serializable: true } })),
};
// etcd has nested ones go through the log.
const logged: Txn = { success: [{ requestTxn: linearizable }] };

const CASES: [what: string, request: Txn][] = [
  ['from local state', serializable],
  ['linearizable', linearizable],
  ['through the log', logged],
];

/** Every turn of the event loop takes a millisecond, and so does whatever looks at the clock. */
function letTimePass({ clock }: Cluster): void {
  let passedMs = 0;
  const nowMs = clock.nowMs.bind(clock);
  vi.spyOn(clock, 'nowMs').mockImplementation(() => nowMs() + passedMs++);
  vi.spyOn(clock, 'soon').mockImplementation((callback) => void clock.after(1, callback));
}

/** In how many turns `second` has its answer while `first` has none. */
function turnsBetween({ clock }: Cluster, first: PendingCall<unknown>, second: PendingCall<unknown>): number {
  let turns = 0;
  for (let i = 0; i < 1000 && first.answer === undefined; i++) {
    if (second.answer !== undefined) turns++;
    clock.advance(1);
  }
  return turns;
}

describe.each(CASES)('a transaction that reads many keys, %s', (_what, request) => {
  it('lets others have their answers meanwhile, and shows one revision', () => {
    const { cluster, client, done, member } = memberWithManyKeys();
    const revision = member.store.currentRevision;
    letTimePass(cluster);
    const txn = client.unary('txn', request);
    const deletion = client.unary('deleteRange', ALL);
    const compaction = client.unary('compact', { revision: revision + 1, physical: true });
    expect(turnsBetween(cluster, txn, deletion)).toBeGreaterThan(3);
    const answer = done(txn);
    const { succeeded, responses } = answer.responses[0]?.responseTxn ?? answer;
    expect([answer.header!.revision, answer.succeeded, succeeded, responses.length]).toEqual([
      revision,
      true,
      true,
      RANGES,
    ]);
    for (const { responseRange } of responses) {
      const { header, kvs, count, more } = responseRange!;
      expect([header!.revision, kvs.length, count, more, texts(kvs)]).toEqual([revision, KEYS, KEYS, false, ['old']]);
      expect([kvs[0]!.key, kvs.at(-1)!.key]).toEqual([keyAt(0), keyAt(KEYS - 1)]);
    }
    expect(done(deletion).deleted).toBe(KEYS);
    done(compaction);
    expect(member.store.compactor.isRunning).toBe(false);
  });

  it('holds up no compaction when its client has gone', () => {
    const { cluster, client, done, member } = memberWithManyKeys();
    letTimePass(cluster);
    const call = client.unary('txn', request);
    cluster.clock.advance(8);
    expect([call.answer, call.failure]).toEqual([undefined, undefined]);
    call.cancel();
    done(client.unary('compact', { revision: member.store.currentRevision, physical: true }));
    cluster.clock.advance(1000);
    expect(member.store.compactor.isRunning).toBe(false);
  });

  it('fails where a range asks for what is compacted, however late that shows', () => {
    const { cluster, client, done, member } = memberWithManyKeys();
    const { currentRevision: revision } = member.store;
    done(client.unary('put', { key: 'x' }));
    done(client.unary('compact', { revision: revision + 1, physical: true }));
    letTimePass(cluster);
    const gone = { requestRange: { ...ALL, revision } };
    const many = Array.from({ length: 60 }, () => ({ ...ALL, target: 1, result: 1 }));
    const nested = { requestTxn: { compare: many, success: [gone] } };
    const late = client.unary(
      'txn',
      request === logged ? { success: [nested] } : { ...request, compare: many, success: [gone] },
    );
    expect(() => done(late)).toThrow();
    expect(late.failure!.code).toBe(OUT_OF_RANGE);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { BackendRestore } from '../../../src/base/backend.ts';
import { OperationError } from '../../../src/base/errors.ts';
import type { RaftStatus, SnapshotMark } from '../../../src/core/raft/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLogger } from '../../../src/server/log.ts';
import { memberMetrics, type MemberMetrics } from '../../../src/server/metrics/member-metrics.ts';
import { SnapshotExchange } from '../../../src/server/member/snapshot-exchange.ts';

const mark = (index: number): SnapshotMark => ({ index, term: 2, confState: { voters: [1n], learners: [] } });

/** A backend that takes one snapshot at a time, as the real one does, and says what became of each. */
class OneAtATime {
  readonly fates: string[] = [];
  isBusy = false;
  finish: () => void = () => undefined;

  restore(): BackendRestore {
    if (this.isBusy) throw new OperationError('the backend file is being rewritten already');
    this.isBusy = true;
    const end = (fate: string): void => {
      this.isBusy = false;
      this.fates.push(fate);
    };
    return {
      write: () => undefined,
      finish: (done) => {
        this.finish = () => {
          end('installed');
          done(undefined);
        };
      },
      abort: () => end('aborted'),
    };
  }
}

let backend: OneAtATime;
let clock: ManualClock;
let metrics: MemberMetrics;
let exchange: SnapshotExchange;
/** Where raft's log begins: at the snapshot that it has taken last. */
let compactedIndex: number;

beforeEach(() => {
  backend = new OneAtATime();
  clock = new ManualClock();
  metrics = memberMetrics();
  compactedIndex = 0;
  exchange = new SnapshotExchange({
    own: 1n,
    raft: { reportSnapshot: () => undefined, status: () => ({ compactedIndex }) as RaftStatus },
    backend: { restore: () => backend.restore(), snapshot: () => expect.unreachable() },
    transport: { sendSnapshot: () => expect.unreachable() },
    clock,
    log: silentLogger,
    metrics,
    commit: () => undefined,
    holdLog: () => expect.unreachable(),
    step: (message) => {
      if (message.type === 'snapshot') compactedIndex = Math.max(compactedIndex, message.mark.index);
    },
  });
});

const deliver = (index: number): void => exchange.receive(2n, 2, mark(index)).finish();

describe('snapshots from the leader', () => {
  it('are timed from their first byte until they are durable', () => {
    const received = exchange.receive(2n, 2, mark(10));
    clock.advance(400);
    received.finish();
    exchange.install(mark(10), () => undefined);
    clock.advance(100);
    backend.finish();
    expect([metrics.snapDbSaveSeconds.sum, metrics.snapDbFsyncSeconds.sum]).toEqual([0.5, 0.1]);
  });

  it('are refused while one is being put in place, and taken again afterwards', () => {
    deliver(10);
    exchange.install(mark(10), () => undefined);
    expect(() => exchange.receive(2n, 2, mark(20))).toThrow(/being rewritten/);
    expect(() => exchange.receive(2n, 2, mark(20))).toThrow(/being rewritten/);
    backend.finish();
    deliver(20);
    exchange.install(mark(20), () => undefined);
    backend.finish();
    expect(backend.fates).toEqual(['installed', 'installed']);
  });

  it('are refused while another one is on its way', () => {
    const first = exchange.receive(2n, 2, mark(10));
    expect(() => exchange.receive(3n, 2, mark(10))).toThrow(/another snapshot/);
    first.abort();
    deliver(10);
    expect(compactedIndex).toBe(10);
  });

  it('are refused while raft has yet to install the one that it has taken', () => {
    deliver(10);
    expect(() => exchange.receive(3n, 2, mark(20))).toThrow(/another snapshot/);
    exchange.install(mark(10), () => undefined);
    backend.finish();
    expect(backend.fates).toEqual(['installed']);
  });

  it('are dropped at once where raft has no use for them', () => {
    deliver(10);
    exchange.install(mark(10), () => undefined);
    backend.finish();
    // The leader did not hear of it, and sends it once more.
    for (const index of [10, 9]) deliver(index);
    expect(backend).toMatchObject({ isBusy: false, fates: ['installed', 'aborted', 'aborted'] });
  });

  it('are dropped at the end', () => {
    deliver(10);
    exchange.stop();
    expect(backend).toMatchObject({ isBusy: false, fates: ['aborted'] });
  });
});

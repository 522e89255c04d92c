/** Runs one program on two servers side by side and stops at the first difference that is not known. */
import { METHODS } from '../../src/core/api/index.ts';
import { realClock } from '../../src/platform/clock.ts';
import type { Coverage } from './coverage.ts';
import { Found, Judge, type Both, type Difference } from './judge.ts';
import { MARKER_KEY } from './programs/choices.ts';
import { encodeRequest } from './raw-encoder.ts';
import type { PeerVersion } from '../support/peer-version.ts';
import type { Session } from './session.ts';
import { requestsOf, type Step } from './steps.ts';
import type { Fields } from './values.ts';
import { WatchStreams } from './watch-streams.ts';

type UnaryStep = Step & { do: 'call' };
type WatchStep = Step & { do: 'watch' };

/** Reads that are under way at the same time. */
const MOST_READS = 16;
const LEASE_EXPIRY_MS = 20_000;
/** Revisions that are read in full at the end. */
const SAMPLED_REVISIONS = 40;

export interface Outcome {
  readonly difference: Difference | undefined;
  readonly coverage: Coverage;
  /** How often each known difference was met. */
  readonly known: ReadonlyMap<string, number>;
}

/** `ours` is the bundled server, `theirs` etcd of version `peer`; both fresh. */
export async function runProgram(
  ours: Session,
  theirs: Session,
  peer: PeerVersion,
  steps: readonly Step[],
): Promise<Outcome> {
  const runner = new Runner(ours, theirs, peer);
  let difference: Difference | undefined;
  try {
    await runner.run(steps);
  } catch (thrown) {
    if (!(thrown instanceof Found)) throw thrown;
    difference = thrown.difference;
  }
  return { difference, coverage: runner.judge.coverage, known: runner.judge.known };
}

class Runner {
  readonly judge: Judge;
  private readonly sides: readonly [Session, Session];
  private readonly watches: WatchStreams;

  constructor(ours: Session, theirs: Session, peer: PeerVersion) {
    this.judge = new Judge(peer);
    this.sides = [ours, theirs];
    this.watches = new WatchStreams(this.sides, this.judge);
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.both((side) => side.learnNames());
    for (let at = 0; at < steps.length;) {
      const burst = burstAt(steps, at);
      for (const step of burst) this.judge.coverage.countStep(step);
      this.judge.step = at;
      const [first] = burst;
      if (first!.do === 'call') await this.runCalls(burst as UnaryStep[]);
      else if (first!.do === 'watch') await this.runWatches(burst as WatchStep[]);
      else await this.runStep(first as Exclude<Step, UnaryStep | WatchStep>);
      at += burst.length;
    }
    this.judge.step = steps.length - 1;
    await this.compareFinalState();
  }

  private async runStep(step: Exclude<Step, UnaryStep | WatchStep>): Promise<void> {
    switch (step.do) {
      case 'keepAlive':
        return this.judge.compareAnswers(
          'leaseKeepAlive',
          step.request,
          await this.both((side) => side.keepAlive(this.encode('LeaseKeepAliveRequest', step.request, side))),
        );
      case 'probe': {
        const { request } = METHODS[step.method];
        const answers = await this.both((side) => side.probe(step.method, this.encode(request, step.request, side)));
        return this.judge.compareAnswers(`${step.method} stream`, step.request, answers);
      }
      case 'openWatch':
        return this.watches.open(step.stream);
      case 'halfClose':
        return this.watches.halfClose(step.stream);
      case 'closeWatch':
        return this.watches.close(step.stream);
      case 'settle':
        return this.settle();
      case 'reconnect':
        this.watches.closeAll();
        await this.both((side) => side.reconnect());
        return;
      case 'expire':
        return this.expire(step.id, step.keys);
    }
  }

  // ---------------------------------------------------------------- calls

  private async runCalls(steps: readonly UnaryStep[]): Promise<void> {
    const answers = await Promise.all(
      steps.map((step) =>
        this.both((side) => {
          const { request } = METHODS[step.method];
          const bytes = this.encode(request, step.request, side);
          const whole = step.tail === undefined ? bytes : Buffer.concat([bytes, step.tail]);
          const naming = step.naming;
          return side.call(step.method, whole, (response) => {
            const id = response['id'] ?? (response['member'] as { id: bigint } | undefined)?.id;
            if (naming !== undefined && typeof id === 'bigint') side.name(naming, id);
          });
        }),
      ),
    );
    for (const [i, step] of steps.entries()) {
      this.judge.compareAnswers(step.method, step.request, answers[i]!, step);
      this.judge.learn(step, answers[i]!.theirs);
      this.judge.step++;
    }
  }

  /** Each on a stream of its own. */
  private async runWatches(steps: readonly WatchStep[]): Promise<void> {
    await Promise.all(steps.map(({ stream, request }) => this.watches.request(stream, request)));
  }

  private settle(): Promise<void> {
    return this.watches.settle(() =>
      this.runCalls([{ do: 'call', method: 'put', request: { key: MARKER_KEY, value: 'marker' }, isRead: false }]),
    );
  }

  // ---------------------------------------------------------------- the end of leases and of the program

  /** The shortest lease there is, with keys: each server revokes it in its own time, and its revision is the next. */
  private async expire(id: bigint, keys: readonly string[]): Promise<void> {
    await this.settle();
    const call = (method: 'leaseGrant' | 'put' | 'range', request: Fields): Promise<void> =>
      this.runCalls([{ do: 'call', method, request, isRead: false }]);
    this.judge.coverage.requests += requestsOf({ do: 'expire', id, keys });
    await this.runCalls([{ do: 'call', method: 'leaseGrant', request: { id, ttl: 1 }, isRead: false }]);
    for (const key of keys) await call('put', { key, lease: id, value: 'short' });
    const granted = this.judge.currentRevision;
    const untilMs = realClock().nowMs() + LEASE_EXPIRY_MS;
    const status = (side: Session): Promise<number> =>
      side
        .call('range', this.encode('RangeRequest', { key: MARKER_KEY, countOnly: true }, side))
        .then(({ response }) => (response as { header: { revision: number } }).header.revision);
    await this.both(async (side) => {
      while ((await status(side)) === granted && realClock().nowMs() < untilMs) await pause(50);
    });
    await call('range', { key: '\0', rangeEnd: '\0' });
  }

  private async compareFinalState(): Promise<void> {
    await this.settle();
    const first = Math.max(1, this.judge.compactRevision);
    const revisions = new Set<number>([first, this.judge.currentRevision]);
    for (let i = 0; i < SAMPLED_REVISIONS; i++) {
      revisions.add(first + Math.floor(((this.judge.currentRevision - first) * i) / SAMPLED_REVISIONS));
    }
    const reads: UnaryStep[] = [];
    for (const revision of revisions) {
      reads.push({ do: 'call', method: 'range', request: { key: '\0', rangeEnd: '\0', revision }, isRead: true });
      reads.push({ do: 'call', method: 'hashKV', request: { revision }, isRead: true });
    }
    reads.push({ do: 'call', method: 'leaseLeases', request: {}, isRead: true });
    for (let at = 0; at < reads.length;) {
      const burst = burstAt(reads, at) as UnaryStep[];
      await this.runCalls(burst);
      at += burst.length;
    }
  }

  // ---------------------------------------------------------------- both servers

  private both<T>(act: (side: Session) => Promise<T>): Promise<Both<T>> {
    return Promise.all(this.sides.map(act)).then(([ours, theirs]) => ({ ours: ours!, theirs: theirs! }));
  }

  private encode(message: Parameters<typeof encodeRequest>[0], fields: Fields, side: Session): Buffer {
    return encodeRequest(
      message,
      fields,
      this.judge.knowledge((name) => side.idOf(name)),
    );
  }
}

/** The step at `at` and those after it that may be under way at the same time: reads, or requests on several watch streams. */
function burstAt(steps: readonly Step[], at: number): Step[] {
  const first = steps[at]!;
  const burst = [first];
  if (first.do === 'watch') {
    const streams = new Set([first.stream]);
    for (const next of steps.slice(at + 1, at + MOST_READS)) {
      if (next.do !== 'watch' || streams.has(next.stream)) break;
      streams.add(next.stream);
      burst.push(next);
    }
    return burst;
  }
  if (first.do !== 'call' || !first.isRead) return burst;
  for (const next of steps.slice(at + 1, at + MOST_READS)) {
    if (next.do !== 'call' || !next.isRead) break;
    burst.push(next);
  }
  return burst;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => realClock().after(ms, () => resolve()));
}

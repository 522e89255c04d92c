/** Runs one program on two servers side by side and stops at the first difference that is not known. */
import { METHODS } from '../../src/core/api/index.ts';
import { realClock } from '../../src/platform/clock.ts';
import { Coverage } from './coverage.ts';
import { KNOWN_DIFFERENCES, OLD_TOMBSTONE, type Context } from './known-differences.ts';
import { differingLeaves, type Leaf, type Normal } from './normal-form.ts';
import { MARKER_KEY } from './programs/choices.ts';
import { isNegativeWatchId } from './programs/others.ts';
import { encodeRequest } from './raw-encoder.ts';
import { ANSWER_MS, type Answer, type Session } from './session.ts';
import { describeStep, requestsOf, type Step } from './steps.ts';
import { isFields, resolved, type Fields, type Knowledge, type Value } from './values.ts';
import { FIRST_HIDDEN_ID, type WatchLog } from './watch-log.ts';

/** Reads that are under way at the same time. */
const MOST_READS = 16;
/** How long what has come on one server's streams may be missing on the other's. */
const LATE_EVENTS_MS = 5000;
const LEASE_EXPIRY_MS = 20_000;
/** Revisions that are read in full at the end. */
const SAMPLED_REVISIONS = 40;

export interface Difference {
  readonly step: number;
  readonly what: string;
  readonly leaves: readonly Leaf[];
  readonly ours: unknown;
  readonly theirs: unknown;
}

export interface Outcome {
  readonly difference: Difference | undefined;
  readonly coverage: Coverage;
  /** How often each known difference was met. */
  readonly known: ReadonlyMap<string, number>;
}

class Found extends Error {
  readonly difference: Difference;

  constructor(difference: Difference) {
    super(difference.what);
    this.difference = difference;
  }
}

/** `ours` is the bundled server, `theirs` etcd; both fresh. */
export async function runProgram(ours: Session, theirs: Session, steps: readonly Step[]): Promise<Outcome> {
  const runner = new Runner(ours, theirs);
  let difference: Difference | undefined;
  try {
    await runner.run(steps);
  } catch (thrown) {
    if (!(thrown instanceof Found)) throw thrown;
    difference = thrown.difference;
  }
  return { difference, coverage: runner.coverage, known: runner.known };
}

interface Both<T> {
  readonly ours: T;
  readonly theirs: T;
}

class Runner {
  readonly coverage = new Coverage();
  readonly known = new Map<string, number>();
  private readonly sides: readonly [Session, Session];
  private currentRevision = 1;
  private compactRevision = -1;
  private nextHiddenId = FIRST_HIDDEN_ID;
  /** The step that is under way, and which of those at once is compared. */
  private at = 0;
  private inBurst = 0;
  /** Entries of each record that have been compared. */
  private compared = new Map<string, number>();

  constructor(ours: Session, theirs: Session) {
    this.sides = [ours, theirs];
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.both((side) => side.learnNames());
    for (this.at = 0; this.at < steps.length;) {
      const first = steps[this.at]!;
      const burst = [first];
      if (first.do === 'call' && first.isRead) {
        for (let next = steps[this.at + 1]; next?.do === 'call' && next.isRead && burst.length < MOST_READS;) {
          burst.push(next);
          next = steps[this.at + burst.length];
        }
      }
      for (const step of burst) this.coverage.countStep(step);
      if (first.do === 'call') await this.runCalls(burst as (Step & { do: 'call' })[]);
      else await this.runStep(first);
      this.at += burst.length;
      this.inBurst = 0;
    }
    await this.compareFinalState();
  }

  private async runStep(step: Exclude<Step, { do: 'call' }>): Promise<void> {
    switch (step.do) {
      case 'keepAlive':
        return this.compareAnswers(
          'leaseKeepAlive',
          step.request,
          await this.both((side) => side.keepAlive(this.encode('LeaseKeepAliveRequest', step.request, side))),
        );
      case 'probe': {
        const { request } = METHODS[step.method];
        const answers = await this.both((side) => side.probe(step.method, this.encode(request, step.request, side)));
        return this.compareAnswers(`${step.method} stream`, step.request, answers);
      }
      case 'openWatch':
        return this.openWatch(step.stream);
      case 'watch':
        return this.watchRequest(step.stream, step.request);
      case 'halfClose':
        for (const side of this.sides) side.watches.get(step.stream)?.halfClose();
        return;
      case 'closeWatch':
        return this.closeWatch(step.stream);
      case 'settle':
        return this.settle();
      case 'reconnect':
        for (const stream of [...this.sides[0].watches.keys()]) this.closeWatch(stream);
        await this.both((side) => side.reconnect());
        return;
      case 'expire':
        return this.expire(step.id, step.keys);
    }
  }

  // ---------------------------------------------------------------- calls

  private async runCalls(steps: readonly (Step & { do: 'call' })[]): Promise<void> {
    const answers = await Promise.all(
      steps.map((step) =>
        this.both((side) => {
          const { request } = METHODS[step.method];
          const bytes = this.encode(request, step.request, side);
          const whole = step.tail === undefined ? bytes : Buffer.concat([bytes, step.tail]);
          const naming = step.naming;
          return side.call(step.method, whole, (response) => {
            if (naming !== undefined && typeof response['id'] === 'bigint') side.name(naming, response['id']);
          });
        }),
      ),
    );
    for (const [i, step] of steps.entries()) {
      this.inBurst = i;
      this.compareAnswers(step.method, step.request, answers[i]!, step);
      this.learn(step, answers[i]!.theirs);
    }
  }

  private learn(step: Step & { do: 'call' }, answer: Answer): void {
    if (answer.code !== 0) return;
    const { header } = answer.response as { header: { revision: number } | null };
    if (header !== null) this.currentRevision = Math.max(this.currentRevision, header.revision);
    if (step.method !== 'compact') return;
    const asked = resolved(step.request['revision'] ?? 0, this.knowledge(this.sides[1]));
    if (typeof asked === 'number') this.compactRevision = asked;
  }

  private compareAnswers(subject: string, request: Fields, answers: Both<Answer>, step?: Step): void {
    const ours = ordered(subject, answers.ours);
    const theirs = ordered(subject, answers.theirs);
    this.coverage.countError(ours);
    const leaves = differingLeaves(ours as unknown as Normal, theirs as unknown as Normal);
    this.judge(leaves, { ...this.context(subject, request), ours, theirs }, step);
  }

  // ---------------------------------------------------------------- watches

  private async openWatch(stream: number): Promise<void> {
    await this.both((side) => {
      const log = side.openWatch(stream);
      return this.create(side, log, { watchId: this.hiddenId(), key: MARKER_KEY });
    });
    this.nextHiddenId++;
  }

  private async watchRequest(stream: number, request: Fields): Promise<void> {
    const logs = this.logs(stream);
    if (logs === undefined) return;
    const before = this.bothNow(logs, (log) => log.records.get('progress')?.length ?? 0);
    const create = request['createRequest'];
    if (create !== undefined && isFields(create)) this.noteStart(logs, create['startRevision'] ?? 0);
    await this.both(async (side) => {
      const log = side.watches.get(stream)!;
      if (create !== undefined && isFields(create)) return this.create(side, log, create);
      log.send(this.encode('WatchRequest', request, side));
      // Not every request has an answer; the refusal of an empty range follows all that have one.
      return this.create(side, log, { key: 'b', rangeEnd: 'a' });
    });
    this.compareWatchRecords(stream);
    if (request['progressRequest'] === undefined) return;
    const answers = this.bothNow(logs, (log, which) => log.records.get('progress')?.[before[which]]);
    const mayBeBehind = logs.ours.needsCatchUp || logs.ours.highestStart > this.currentRevision;
    const context = { ...this.context('watch progress', request), mayBeBehind };
    if (answers.ours === undefined && answers.theirs === undefined) return;
    this.judge(differingLeaves(answers.ours, answers.theirs, 'progress'), context);
  }

  private noteStart(logs: Both<WatchLog>, value: Value): void {
    const start = resolved(value, this.knowledge(this.sides[1]));
    const revision = typeof start === 'bigint' ? Number(start) : typeof start === 'number' ? start : 0;
    for (const log of [logs.ours, logs.theirs]) {
      if (revision > this.currentRevision) log.highestStart = Math.max(log.highestStart, revision);
      else if (revision !== 0) log.needsCatchUp = true;
    }
  }

  /** Sends a creation and waits for its answer. */
  private async create(side: Session, log: WatchLog, request: Fields): Promise<void> {
    const expected = ++log.sentCreates;
    log.send(this.encode('WatchRequest', { createRequest: request }, side));
    await this.must(log, 'the answer to a creation', () => log.createdCount >= expected);
  }

  private closeWatch(stream: number): void {
    for (const side of this.sides) {
      side.watches.get(stream)?.cancel();
      side.watches.delete(stream);
    }
    for (const name of [...this.compared.keys()]) if (name.startsWith(`${stream} `)) this.compared.delete(name);
  }

  /**
   * A write to the marker's key: once its event has come on a stream, so has every live event before it. Watchers that
   * catch up do so together, so one more of them, created last, tells when all have.
   */
  private async settle(): Promise<void> {
    const streams = [...this.sides[0].watches.keys()];
    if (streams.length === 0) return;
    await this.mark();
    await Promise.all(streams.map((stream) => this.both((side) => this.awaitMarker(side, side.watches.get(stream)!))));
    this.nextHiddenId += BigInt(streams.length);
    for (const stream of streams) await this.compareStream(stream);
  }

  private async mark(): Promise<void> {
    const step: Step = { do: 'call', method: 'put', request: { key: MARKER_KEY, value: 'marker' }, isRead: false };
    await this.runCalls([step]);
  }

  private async awaitMarker(side: Session, log: WatchLog): Promise<void> {
    const revision = this.currentRevision;
    await this.must(log, `the event of revision ${revision}`, () => log.hiddenRevision >= revision);
    if (!log.needsCatchUp || log.isHalfClosed) return;
    const id = this.hiddenId();
    await this.create(side, log, { key: MARKER_KEY, startRevision: revision, watchId: id });
    await this.must(log, `the event of revision ${revision} once more`, () => log.hiddenId === id);
    log.send(this.encode('WatchRequest', { cancelRequest: { watchId: id } }, side));
    log.needsCatchUp = false;
  }

  /** What one server has told and the other not may still be on its way. */
  private async compareStream(stream: number): Promise<void> {
    const logs = this.logs(stream);
    if (logs === undefined) return;
    const areEven = (): boolean => {
      const names = new Set([...logs.ours.records.keys(), ...logs.theirs.records.keys()]);
      for (const name of names) if (!isEven(name)) names.delete(name);
      const count = (log: WatchLog, name: string): number =>
        (log.records.get(name) ?? []).filter((entry) => !this.isOldTombstone(entry)).length;
      return [...names].every((name) => count(logs.ours, name) === count(logs.theirs, name));
    };
    await Promise.race([
      this.until(logs.ours, areEven, LATE_EVENTS_MS),
      this.until(logs.theirs, areEven, LATE_EVENTS_MS),
    ]);
    this.compareWatchRecords(stream, true);
  }

  /** Compares what both have told; `all`: and that both have told the same number. */
  private compareWatchRecords(stream: number, all = false): void {
    const logs = this.logs(stream);
    if (logs === undefined) return;
    const broken = this.bothNow(logs, (log) => log.violation ?? endText(log));
    if (broken.ours !== undefined || broken.theirs !== undefined)
      this.found(`watch stream ${stream} breaks a rule or ends`, [], broken.ours, broken.theirs);
    for (const name of new Set([...logs.ours.records.keys(), ...logs.theirs.records.keys()])) {
      if (name === 'progress') continue;
      const a = logs.ours.records.get(name) ?? [];
      const b = logs.theirs.records.get(name) ?? [];
      if (!all && name.startsWith('events')) continue;
      const from = this.compared.get(`${stream} ${name}`) ?? 0;
      if (all) this.dropOldTombstones(a, b, from);
      const to = all ? Math.max(a.length, b.length) : Math.min(a.length, b.length);
      for (let i = from; i < to; i++) {
        this.countCancel(a[i]);
        const watchId = BigInt(/-?\d+$/.exec(name)?.[0] ?? 0);
        const [ours, theirs] = [a[i], b[i]].map(asAnswer);
        const context = { ...this.context(`watch ${name.split(' ')[0]}`, undefined), watchId, ours, theirs };
        const what = `watch stream ${stream}, ${name}, entry ${i}`;
        this.judge(differingLeaves(a[i], b[i], `${name.split(' ')[0]}.${i}`), context, undefined, what);
      }
      this.compared.set(`${stream} ${name}`, Math.max(from, to));
    }
  }

  /** The deletion at exactly the compacted revision. */
  private isOldTombstone(entry: Normal | undefined): boolean {
    const { type, kv } = (entry ?? {}) as { type?: string; kv?: { modRevision: number } };
    return type === 'DELETE' && kv?.modRevision === this.compactRevision;
  }

  /** A known difference that shifts all events after it: takes out of `ours` the old tombstones that `theirs` lacks. */
  private dropOldTombstones(ours: Normal[], theirs: readonly Normal[], from: number): void {
    for (let i = from; i < ours.length;) {
      if (!this.isOldTombstone(ours[i]) || differingLeaves(ours[i], theirs[i]).length === 0) i++;
      else {
        ours.splice(i, 1);
        this.countKnown(OLD_TOMBSTONE.name);
      }
    }
  }

  private countKnown(name: string): void {
    this.known.set(name, (this.known.get(name) ?? 0) + 1);
  }

  private countCancel(entry: Normal | undefined): void {
    if (typeof entry === 'object' && entry !== null && 'canceled' in entry && entry.canceled === true) {
      this.coverage.countCancel(entry);
    }
  }

  // ---------------------------------------------------------------- the end of leases and of the program

  /** The shortest lease there is, with keys: each server revokes it in its own time, and its revision is the next. */
  private async expire(id: bigint, keys: readonly string[]): Promise<void> {
    await this.settle();
    const call = (method: 'leaseGrant' | 'put' | 'range', request: Fields): Promise<void> =>
      this.runCalls([{ do: 'call', method, request, isRead: false }]);
    this.coverage.requests += requestsOf({ do: 'expire', id, keys });
    await this.runCalls([{ do: 'call', method: 'leaseGrant', request: { id, ttl: 1 }, isRead: false }]);
    for (const key of keys) await call('put', { key, lease: id, value: 'short' });
    const granted = this.currentRevision;
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
    const first = Math.max(1, this.compactRevision);
    const revisions = new Set<number>([first, this.currentRevision]);
    for (let i = 0; i < SAMPLED_REVISIONS; i++) {
      revisions.add(first + Math.floor(((this.currentRevision - first) * i) / SAMPLED_REVISIONS));
    }
    const reads: (Step & { do: 'call' })[] = [];
    for (const revision of revisions) {
      reads.push({ do: 'call', method: 'range', request: { key: '\0', rangeEnd: '\0', revision }, isRead: true });
      reads.push({ do: 'call', method: 'hashKV', request: { revision }, isRead: true });
    }
    reads.push({ do: 'call', method: 'leaseLeases', request: {}, isRead: true });
    for (const read of reads) await this.runCalls([read]);
  }

  // ---------------------------------------------------------------- judgement

  private judge(leaves: readonly Leaf[], context: Context, step?: Step, what?: string): void {
    const unknown = leaves.filter((leaf) => {
      const known = KNOWN_DIFFERENCES.find(({ matches }) => matches(leaf, context));
      if (known !== undefined) this.countKnown(known.name);
      return known === undefined;
    });
    if (unknown.length === 0) return;
    const title = what ?? (step === undefined ? context.subject : describeStep(step));
    this.found(title, unknown, context.ours, context.theirs);
  }

  private found(what: string, leaves: readonly Leaf[], ours: unknown, theirs: unknown): never {
    throw new Found({ step: this.at + this.inBurst, what, leaves, ours, theirs });
  }

  private context(subject: string, request: Fields | undefined): Context {
    const knowledge = this.knowledge(this.sides[1]);
    const asked =
      request && Object.fromEntries(Object.entries(request).map(([name, value]) => [name, resolved(value, knowledge)]));
    return { subject, request: asked, ours: undefined, theirs: undefined, knowledge };
  }

  // ---------------------------------------------------------------- both servers

  private both<T>(act: (side: Session) => Promise<T>): Promise<Both<T>> {
    return Promise.all(this.sides.map(act)).then(([ours, theirs]) => ({ ours: ours!, theirs: theirs! }));
  }

  private bothNow<A, T>(of: Both<A>, act: (item: A, which: 'ours' | 'theirs') => T): Both<T> {
    return { ours: act(of.ours, 'ours'), theirs: act(of.theirs, 'theirs') };
  }

  private logs(stream: number): Both<WatchLog> | undefined {
    const [ours, theirs] = this.sides.map((side) => side.watches.get(stream));
    return ours === undefined || theirs === undefined ? undefined : { ours, theirs };
  }

  private hiddenId(): bigint {
    return this.nextHiddenId;
  }

  private encode(message: Parameters<typeof encodeRequest>[0], fields: Fields, side: Session): Buffer {
    return encodeRequest(message, fields, this.knowledge(side));
  }

  private knowledge(side: Session): Knowledge {
    return {
      currentRevision: this.currentRevision,
      compactRevision: this.compactRevision,
      idOf: (name) => side.idOf(name),
    };
  }

  /** Whether it came true before the stream's end and in time. */
  private until(log: WatchLog, isTrue: () => boolean, timeoutMs = ANSWER_MS): Promise<boolean> {
    if (isTrue() || log.ended !== undefined) return Promise.resolve(isTrue());
    return new Promise((resolve) => {
      const finish = (): void => {
        timer.cancel();
        log.listeners.delete(listen);
        resolve(isTrue());
      };
      const listen = (): void => {
        if (isTrue() || log.ended !== undefined) finish();
      };
      const timer = realClock().after(timeoutMs, finish);
      log.listeners.add(listen);
    });
  }

  /** The same for what must come. */
  private async must(log: WatchLog, what: string, isTrue: () => boolean): Promise<void> {
    if (!(await this.until(log, isTrue))) log.violation ??= `${what} did not come`;
  }
}

/** Records of which both servers must have told the same number. */
function isEven(name: string): boolean {
  return name !== 'progress' && !isNegativeWatchId(BigInt(name.split(' ')[1] ?? 0));
}

function asAnswer(response: Normal | undefined): Answer | undefined {
  return response === undefined ? undefined : { code: 0, message: '', response };
}

/** By method, the list of its answer whose order is nobody's promise: etcd takes it from a map. */
const UNORDERED: Readonly<Record<string, string>> = {
  leaseLeases: 'leases',
  leaseTimeToLive: 'keys',
  alarm: 'alarms',
  status: 'errors',
};

/** With that list sorted. */
function ordered(subject: string, answer: Answer): Answer {
  const list = UNORDERED[subject];
  if (list === undefined || answer.response === null) return answer;
  const response = answer.response as Record<string, Normal>;
  const sorted = [...(response[list] as Normal[])].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...answer, response: { ...response, [list]: sorted } };
}

function endText({ ended }: WatchLog): string | undefined {
  if (ended === undefined) return undefined;
  return `the stream ended: ${typeof ended === 'string' ? ended : `${ended.code} ${ended.message}`}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => realClock().after(ms, () => resolve()));
}

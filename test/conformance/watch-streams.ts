/** The watch streams of a run: requests on them, the moment when all events are there, the comparison. */
import { realClock } from '../../src/platform/clock.ts';
import { OLD_TOMBSTONE } from './known-differences.ts';
import type { Both, Judge } from './judge.ts';
import { differingLeaves, type Normal } from './normal-form.ts';
import { MARKER_KEY } from './programs/choices.ts';
import { isNegativeWatchId } from './programs/others.ts';
import { encodeRequest } from './raw-encoder.ts';
import { ANSWER_MS, type Answer, type Session } from './session.ts';
import { isFields, resolved, type Fields, type Value } from './values.ts';
import { FIRST_HIDDEN_ID, type WatchLog } from './watch-log.ts';

/** How long what has come on one server's streams may be missing on the other's. */
const LATE_EVENTS_MS = 5000;

export class WatchStreams {
  private readonly sides: readonly [Session, Session];
  private readonly judge: Judge;
  private nextHiddenId = FIRST_HIDDEN_ID;
  /** Entries of each record that have been compared. */
  private readonly compared = new Map<string, number>();

  /** The bundled server's session and etcd's. */
  constructor(sides: readonly [Session, Session], judge: Judge) {
    this.sides = sides;
    this.judge = judge;
  }

  async open(stream: number): Promise<void> {
    await this.both((side) => {
      const log = side.openWatch(stream);
      return this.create(side, log, { watchId: this.nextHiddenId, key: MARKER_KEY });
    });
    this.nextHiddenId++;
  }

  async request(stream: number, request: Fields): Promise<void> {
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
    const mayBeBehind = logs.ours.needsCatchUp || logs.ours.highestStart > this.judge.currentRevision;
    const { hasCompactedWatch } = logs.theirs;
    const context = { ...this.judge.context('watch progress', request), mayBeBehind, hasCompactedWatch };
    if (answers.ours === undefined && answers.theirs === undefined) return;
    this.judge.judge(differingLeaves(answers.ours, answers.theirs, 'progress'), context);
  }

  private noteStart(logs: Both<WatchLog>, value: Value): void {
    const start = resolved(
      value,
      this.judge.knowledge(() => 0n),
    );
    const revision = typeof start === 'bigint' ? Number(start) : typeof start === 'number' ? start : 0;
    for (const log of [logs.ours, logs.theirs]) {
      if (revision > this.judge.currentRevision) log.highestStart = Math.max(log.highestStart, revision);
      else if (revision !== 0) log.needsCatchUp = true;
    }
  }

  /** Sends a creation and waits for its answer. */
  private async create(side: Session, log: WatchLog, request: Fields): Promise<void> {
    const expected = ++log.sentCreates;
    log.send(this.encode('WatchRequest', { createRequest: request }, side));
    await this.must(log, 'the answer to a creation', () => log.createdCount >= expected);
  }

  close(stream: number): void {
    for (const side of this.sides) {
      side.watches.get(stream)?.cancel();
      side.watches.delete(stream);
    }
    for (const name of [...this.compared.keys()]) if (name.startsWith(`${stream} `)) this.compared.delete(name);
  }

  closeAll(): void {
    for (const stream of [...this.sides[0].watches.keys()]) this.close(stream);
  }

  halfClose(stream: number): void {
    for (const side of this.sides) side.watches.get(stream)?.halfClose();
  }

  /**
   * `mark` writes to the marker's key: once its event has come on a stream, so has every live event before it. Watchers
   * that catch up do so together, so one more of them, created last, tells when all have.
   */
  async settle(mark: () => Promise<void>): Promise<void> {
    const streams = [...this.sides[0].watches.keys()];
    if (streams.length === 0) return;
    await mark();
    await Promise.all(streams.map((stream) => this.both((side) => this.awaitMarker(side, side.watches.get(stream)!))));
    this.nextHiddenId++;
    for (const stream of streams) await this.compareStream(stream);
  }

  private async awaitMarker(side: Session, log: WatchLog): Promise<void> {
    const revision = this.judge.currentRevision;
    await this.must(log, `the event of revision ${revision}`, () => log.hiddenRevision >= revision);
    if (!log.needsCatchUp || log.isHalfClosed) return;
    const id = this.nextHiddenId;
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
    for (const log of [logs.ours, logs.theirs]) log.checkWhole();
    this.compareWatchRecords(stream, true);
  }

  /** Compares what both have told; `all`: and that both have told the same number. */
  private compareWatchRecords(stream: number, all = false): void {
    const logs = this.logs(stream);
    if (logs === undefined) return;
    const broken = this.bothNow(logs, (log) => log.violation ?? endText(log));
    if (broken.ours !== undefined || broken.theirs !== undefined)
      this.judge.found(`watch stream ${stream} breaks a rule or ends`, [], broken.ours, broken.theirs);
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
        const context = { ...this.judge.context(`watch ${name.split(' ')[0]}`, undefined), watchId, ours, theirs };
        const what = `watch stream ${stream}, ${name}, entry ${i}`;
        this.judge.judge(differingLeaves(a[i], b[i], `${name.split(' ')[0]}.${i}`), context, undefined, what);
      }
      this.compared.set(`${stream} ${name}`, Math.max(from, to));
    }
  }

  /** The deletion at exactly the compacted revision. */
  private isOldTombstone(entry: Normal | undefined): boolean {
    if (!this.judge.knows(OLD_TOMBSTONE)) return false;
    const { type, kv } = (entry ?? {}) as { type?: string; kv?: { modRevision: number } };
    return type === 'DELETE' && kv?.modRevision === this.judge.compactRevision;
  }

  /** A known difference that shifts all events after it: takes out of `ours` the old tombstones that `theirs` lacks. */
  private dropOldTombstones(ours: Normal[], theirs: readonly Normal[], from: number): void {
    for (let i = from; i < ours.length;) {
      if (!this.isOldTombstone(ours[i]) || differingLeaves(ours[i], theirs[i]).length === 0) i++;
      else {
        ours.splice(i, 1);
        this.judge.countKnown(OLD_TOMBSTONE.name);
      }
    }
  }

  private countCancel(entry: Normal | undefined): void {
    if (typeof entry === 'object' && entry !== null && 'canceled' in entry && entry.canceled === true) {
      this.judge.coverage.countCancel(entry);
    }
  }

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

  private encode(message: 'WatchRequest', fields: Fields, side: Session): Buffer {
    return encodeRequest(
      message,
      fields,
      this.judge.knowledge((name) => side.idOf(name)),
    );
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

function endText({ ended }: WatchLog): string | undefined {
  if (ended === undefined) return undefined;
  return `the stream ended: ${typeof ended === 'string' ? ended : `${ended.code} ${ended.message}`}`;
}

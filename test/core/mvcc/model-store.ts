/**
 * The dumb model that the store is checked against: a list of everything that ever happened, searched from end to end
 * for every question. Written from the contract alone, sharing no code with the store.
 */
import { byteStringFrom, type ByteString } from '../../../src/base/bytes.ts';
import type { ApiErrorName } from '../../../src/core/api/index.ts';
import type {
  Compare,
  DeleteRangeRequest,
  InternalRaftRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
} from '../../../src/core/api/types.ts';

export interface ModelKv {
  key: ByteString;
  createRevision: number;
  modRevision: number;
  version: number;
  value: string;
  lease: bigint;
}

interface Change {
  main: number;
  key: ByteString;
  /** undefined: the key was deleted. */
  kv: ModelKv | undefined;
}

export interface ModelEvent {
  revision: number;
  type: 'PUT' | 'DELETE';
  kv: ModelKv;
  prevKv: ModelKv | undefined;
}

export class Refusal extends Error {
  readonly refusal: ApiErrorName;

  constructor(refusal: ApiErrorName) {
    super(refusal);
    this.refusal = refusal;
  }
}

const none = (key: ByteString, modRevision = 0): ModelKv => ({
  key,
  createRevision: 0,
  modRevision,
  version: 0,
  value: '',
  lease: 0n,
});

export class ModelStore {
  current = 1;
  compacted = -1;
  leases = new Map<bigint, Set<ByteString>>();
  private changes: Change[] = [];
  private open: Change[] = [];

  /** Everything that is visible at `revision`, by key. */
  stateAt(revision: number): ModelKv[] {
    const state = new Map<ByteString, ModelKv>();
    for (const { main, key, kv } of [...this.changes, ...this.open]) {
      if (main > revision) break;
      if (kv === undefined) state.delete(key);
      else state.set(key, kv);
    }
    return [...state.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  get now(): number {
    return this.open.length > 0 ? this.current + 1 : this.current;
  }

  private matching(key: ByteString, rangeEnd: ByteString, revision: number): ModelKv[] {
    return this.stateAt(revision).filter((kv) => {
      if (rangeEnd === '') return kv.key === key;
      return kv.key >= key && (rangeEnd === '\0' || kv.key < rangeEnd);
    });
  }

  range(r: RangeRequest): unknown {
    if (r.revision > this.now) throw new Refusal('futureRevision');
    const revision = r.revision <= 0 ? this.now : r.revision;
    if (revision < this.compacted) throw new Refusal('compacted');
    const all = this.matching(r.key, r.rangeEnd, revision);
    const answer = { header: { revision: this.now }, kvs: [] as ModelKv[], more: false, count: all.length };
    if (r.countOnly) return answer;
    const filters =
      r.minModRevision !== 0 || r.maxModRevision !== 0 || r.minCreateRevision !== 0 || r.maxCreateRevision !== 0;
    let kvs = all;
    if (r.sortOrder === 0 && !filters && r.limit > 0) kvs = kvs.slice(0, r.limit + 1);
    kvs = kvs.filter(
      (kv) =>
        (r.minModRevision === 0 || kv.modRevision >= r.minModRevision) &&
        (r.maxModRevision === 0 || kv.modRevision <= r.maxModRevision) &&
        (r.minCreateRevision === 0 || kv.createRevision >= r.minCreateRevision) &&
        (r.maxCreateRevision === 0 || kv.createRevision <= r.maxCreateRevision),
    );
    const rank = (kv: ModelKv): string | number =>
      [kv.key, kv.version, kv.createRevision, kv.modRevision, kv.value][r.sortTarget]!;
    const order = (a: ModelKv, b: ModelKv): number => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0);
    if (r.sortOrder === 2) kvs = kvs.toSorted((a, b) => order(b, a));
    else kvs = kvs.toSorted(order);
    if (r.limit > 0 && kvs.length > r.limit) {
      answer.more = true;
      kvs = kvs.slice(0, r.limit);
    }
    answer.kvs = r.keysOnly ? kvs.map((kv) => ({ ...kv, value: '' })) : kvs;
    return answer;
  }

  private change(key: ByteString, kv: ModelKv | undefined): void {
    this.open.push({ main: this.current + 1, key, kv });
    for (const keys of this.leases.values()) keys.delete(key);
    if (kv !== undefined && kv.lease !== 0n) this.leases.get(kv.lease)?.add(key);
  }

  private finish(): ModelEvent[] {
    const before = this.stateAt(this.current);
    this.changes.push(...this.open);
    const events = this.open.map(({ main, key, kv }): ModelEvent => {
      const prev = before.find((old) => old.key === key);
      return {
        revision: main,
        type: kv === undefined ? 'DELETE' : 'PUT',
        kv: kv ?? none(key, main),
        prevKv: kv !== undefined && kv.createRevision === main ? undefined : prev,
      };
    });
    if (this.open.length > 0) this.current++;
    this.open = [];
    return events;
  }

  /** A request from the log. */
  apply(request: InternalRaftRequest): ReturnType<ModelStore['session']> {
    return this.session(() => {
      if (request.put) return this.put(request.put);
      if (request.deleteRange) return this.deleteRange(request.deleteRange);
      if (request.txn) return this.txn(request.txn);
      if (request.compaction) return this.compact(request.compaction.revision);
      if (request.leaseGrant) return this.grant(request.leaseGrant.id, request.leaseGrant.ttl);
      return this.revoke(request.leaseRevoke!.id);
    });
  }

  /** Runs one request; what it refuses changes nothing. */
  session<T>(body: () => T): { answer?: T; refused?: string; events: ModelEvent[] } {
    try {
      const answer = body();
      return { answer, events: this.finish() };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { refused: error.refusal, events: [] };
    }
  }

  private checkPut(r: PutRequest, leaseFirst: boolean): void {
    const isMissing = (r.ignoreValue || r.ignoreLease) && this.matching(r.key, '', this.now).length === 0;
    const noLease = r.lease !== 0n && !this.leases.has(r.lease);
    if (leaseFirst && noLease) throw new Refusal('leaseNotFound');
    if (isMissing) throw new Refusal('keyNotFound');
    if (noLease) throw new Refusal('leaseNotFound');
  }

  put(r: PutRequest): unknown {
    this.checkPut(r, true);
    return this.doPut(r);
  }

  private doPut(r: PutRequest): unknown {
    const old = this.matching(r.key, '', this.now)[0];
    const kv: ModelKv = {
      key: r.key,
      createRevision: old?.createRevision ?? this.current + 1,
      modRevision: this.current + 1,
      version: (old?.version ?? 0) + 1,
      value: r.ignoreValue && old !== undefined ? old.value : byteStringFrom(r.value),
      lease: r.ignoreLease && old !== undefined ? old.lease : r.lease,
    };
    this.change(r.key, kv);
    return { header: { revision: this.now }, prevKv: r.prevKv ? old : undefined };
  }

  deleteRange(r: DeleteRangeRequest): unknown {
    const found = this.matching(r.key, r.rangeEnd, this.now);
    for (const kv of found) this.change(kv.key, undefined);
    return { header: { revision: this.now }, deleted: found.length, prevKvs: r.prevKv ? found : [] };
  }

  txn(r: TxnRequest): unknown {
    const verdicts = new Map<TxnRequest, boolean>();
    const judge = (t: TxnRequest): void => {
      verdicts.set(
        t,
        t.compare.every((c) => this.holds(c)),
      );
      for (const op of this.branch(t, verdicts)) if (op.requestTxn) judge(op.requestTxn);
    };
    judge(r);
    const taken = (t: TxnRequest): RequestOp[] =>
      this.branch(t, verdicts).flatMap((op) => (op.requestTxn ? taken(op.requestTxn) : [op]));
    for (const op of taken(r)) {
      if (op.requestPut) this.checkPut(op.requestPut, false);
      const revision = op.requestRange?.revision ?? 0;
      if (revision > this.current) throw new Refusal('futureRevision');
      if (revision !== 0 && revision < this.compacted) throw new Refusal('compacted');
    }
    const run = (t: TxnRequest): { header: { revision: number }; succeeded: boolean; responses: unknown[] } => ({
      header: { revision: 0 },
      succeeded: verdicts.get(t)!,
      responses: this.branch(t, verdicts).map((op) => ({
        ...(op.requestRange && { responseRange: this.range(op.requestRange) }),
        ...(op.requestPut && { responsePut: this.doPut(op.requestPut) }),
        ...(op.requestDeleteRange && { responseDeleteRange: this.deleteRange(op.requestDeleteRange) }),
        ...(op.requestTxn && { responseTxn: run(op.requestTxn) }),
      })),
    });
    const answer = run(r);
    answer.header.revision = this.now;
    return answer;
  }

  private branch(t: TxnRequest, verdicts: Map<TxnRequest, boolean>): RequestOp[] {
    return verdicts.get(t) ? t.success : t.failure;
  }

  private holds(c: Compare): boolean {
    const kvs = this.matching(c.key, c.rangeEnd, this.current);
    if (kvs.length === 0) return c.target !== 3 && this.compares(c, none(c.key));
    return kvs.every((kv) => this.compares(c, kv));
  }

  private compares(c: Compare, kv: ModelKv): boolean {
    const have = [kv.version, kv.createRevision, kv.modRevision, kv.value, kv.lease][c.target]!;
    const want = [
      c.version ?? 0,
      c.createRevision ?? 0,
      c.modRevision ?? 0,
      byteStringFrom(c.value ?? new Uint8Array(0)),
      c.lease ?? 0n,
    ][c.target]!;
    return [have === want, have > want, have < want, have !== want][c.result]!;
  }

  compact(revision: number): unknown {
    if (revision <= this.compacted) throw new Refusal('compacted');
    if (revision > this.current) throw new Refusal('futureRevision');
    this.compacted = revision;
    return { header: { revision: this.current } };
  }

  grant(id: bigint, ttl: number): unknown {
    if (id === 0n) throw new Refusal('leaseNotFound');
    if (ttl > 9_000_000_000) throw new Refusal('leaseTtlTooLarge');
    if (this.leases.has(id)) throw new Refusal('leaseExists');
    this.leases.set(id, new Set());
    return { header: { revision: this.current }, id, ttl: Math.max(2, ttl), error: '' };
  }

  revoke(id: bigint): unknown {
    const keys = this.leases.get(id);
    if (keys === undefined) throw new Refusal('leaseNotFound');
    for (const key of [...keys].sort()) this.change(key, undefined);
    this.leases.delete(id);
    return { header: { revision: this.now } };
  }

  /** Every event from `revision` on, with what a watch would be told. */
  eventsFrom(revision: number): ModelEvent[] {
    const events: ModelEvent[] = [];
    for (const { main, key, kv } of this.changes) {
      if (main < revision) continue;
      const prev = this.stateAt(main - 1).find((old) => old.key === key);
      events.push({
        revision: main,
        type: kv === undefined ? 'DELETE' : 'PUT',
        kv: kv ?? none(key, main),
        prevKv: kv !== undefined && kv.createRevision === main ? undefined : prev,
      });
    }
    return events;
  }
}

/**
 * What the agreed log makes of keys, revisions and leases: a plain model that shares nothing with the store but the
 * decoding of requests. Fed with every entry the moment it is first applied anywhere, so it is never behind a member.
 */
import { byteStringFrom } from '../../src/base/bytes.ts';
import type { Compare, DeleteRangeRequest, PutRequest, RequestOp, TxnRequest } from '../../src/core/api/index.ts';
import { ENTRY_NORMAL, type Entry } from '../../src/core/raft/index.ts';
import { codecs, readRaftRequest } from '../../src/wire/messages/index.ts';

export interface AgreedKv {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly value: string;
  readonly lease: bigint;
}

export interface AgreedEvent {
  readonly key: string;
  /** undefined where the key was deleted. */
  readonly kv: AgreedKv | undefined;
  readonly before: AgreedKv | undefined;
}

/** What a request of the log is refused for; nothing has changed then. */
class Refused extends Error {}

export class AgreedStore {
  revision = 1;
  compactRevision = -1;
  readonly leases = new Set<bigint>();
  /** Told of every lease that the log ends, before its keys go. */
  onRevoked: (id: bigint) => void = () => undefined;
  readonly #live = new Map<string, AgreedKv>();
  /** By revision. */
  readonly #events: (readonly AgreedEvent[])[] = [];
  readonly #byKey = new Map<string, AgreedEvent[]>();
  readonly #revisionsByKey = new Map<string, number[]>();
  #open: AgreedEvent[] = [];

  /** The events of a revision, in their order; empty for one that is not agreed on yet. */
  eventsAt(revision: number): readonly AgreedEvent[] {
    return this.#events[revision] ?? [];
  }

  /** What `key` holds at `revision`, whether or not it has been compacted. */
  valueAt(key: string, revision: number): AgreedKv | undefined {
    const revisions = this.#revisionsByKey.get(key) ?? [];
    const last = revisions.findLastIndex((main) => main <= revision);
    return last < 0 ? undefined : this.#byKey.get(key)![last]!.kv;
  }

  /** All that is there now, in key order. */
  state(): AgreedKv[] {
    return [...this.#live.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  applyEntry(entry: Entry): void {
    if (entry.type !== ENTRY_NORMAL || entry.data.length === 0) return;
    const { kind, start, end } = readRaftRequest(entry.data);
    const { data } = entry;
    try {
      switch (kind) {
        case 'put':
          this.#put(codecs.PutRequest.decode(data, start, end));
          break;
        case 'deleteRange':
          this.#deleteRange(codecs.DeleteRangeRequest.decode(data, start, end));
          break;
        case 'txn':
          this.#txn(codecs.TxnRequest.decode(data, start, end));
          break;
        case 'compaction':
          this.#compact(codecs.CompactionRequest.decode(data, start, end).revision);
          break;
        case 'leaseGrant':
          this.leases.add(codecs.LeaseGrantRequest.decode(data, start, end).id);
          break;
        case 'leaseRevoke':
          this.#revoke(codecs.LeaseRevokeRequest.decode(data, start, end).id);
          break;
        default:
          break;
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
    if (this.#open.length === 0) return;
    this.#events[++this.revision] = this.#open;
    this.#open = [];
  }

  #put(request: PutRequest): void {
    this.#checkLease(request);
    const before = this.#live.get(request.key);
    const main = this.revision + 1;
    this.#change(request.key, {
      key: request.key,
      createRevision: before?.createRevision ?? main,
      modRevision: main,
      version: (before?.version ?? 0) + 1,
      value: byteStringFrom(request.value),
      lease: request.lease,
    });
  }

  #checkLease({ lease }: PutRequest): void {
    if (lease !== 0n && !this.leases.has(lease)) throw new Refused();
  }

  #deleteRange({ key, rangeEnd }: DeleteRangeRequest): void {
    for (const kv of this.state()) if (isWithin(kv.key, key, rangeEnd)) this.#change(kv.key, undefined);
  }

  #txn({ compare, success, failure }: TxnRequest): void {
    const ops: readonly RequestOp[] = compare.every((one) => this.#holds(one)) ? success : failure;
    for (const { requestPut } of ops) if (requestPut !== undefined) this.#checkLease(requestPut);
    for (const { requestPut, requestDeleteRange } of ops) {
      if (requestPut !== undefined) this.#put(requestPut);
      if (requestDeleteRange !== undefined) this.#deleteRange(requestDeleteRange);
    }
  }

  /** Equality of the value or of the revision of creation: all that the clients ask for. */
  #holds({ key, value, createRevision }: Compare): boolean {
    const kv = this.#live.get(key);
    if (value !== undefined) return kv?.value === byteStringFrom(value);
    return (kv?.createRevision ?? 0) === createRevision;
  }

  #compact(revision: number): void {
    if (revision > this.compactRevision && revision <= this.revision) this.compactRevision = revision;
  }

  #revoke(id: bigint): void {
    if (!this.leases.delete(id)) return;
    this.onRevoked(id);
    for (const kv of this.state()) if (kv.lease === id) this.#change(kv.key, undefined);
  }

  #change(key: string, kv: AgreedKv | undefined): void {
    const event = { key, kv, before: this.#live.get(key) };
    this.#open.push(event);
    if (kv === undefined) this.#live.delete(key);
    else this.#live.set(key, kv);
    const events = this.#byKey.get(key);
    if (events === undefined) {
      this.#byKey.set(key, [event]);
      this.#revisionsByKey.set(key, [this.revision + 1]);
    } else {
      events.push(event);
      this.#revisionsByKey.get(key)!.push(this.revision + 1);
    }
  }
}

/** Whether `key` is in etcd's range from `start` to `rangeEnd`; an empty end is the one key. */
export function isWithin(key: string, start: string, rangeEnd: string): boolean {
  return rangeEnd === '' ? key === start : key >= start && (rangeEnd === '\0' || key < rangeEnd);
}

/** A key-value store with etcd's revisions in a few lines, to walk scripts against and to judge them with. */
import { byteStringOf, writeBytes } from '../../../src/base/bytes.ts';
import type { ByteSource } from '../../../src/base/bytes.ts';
import type { LoadRequest, Reply } from '../../../src/core/workload/index.ts';

export interface StoredKey {
  value: Uint8Array;
  modRevision: number;
  version: number;
  lease: bigint;
}

const NOTHING: Reply = {
  revision: 0,
  succeeded: true,
  modRevision: 0,
  kvs: 0,
  count: 0,
  more: false,
  lastKey: '',
  leaseId: 0n,
  ttlS: 0,
};

export class Store {
  readonly keys = new Map<string, StoredKey>();
  readonly leases = new Map<bigint, number>();
  revision = 1;
  private nextLease = 1000n;

  answer(load: LoadRequest): Reply {
    switch (load.method) {
      case 'range':
        return { ...NOTHING, ...this.range(load.request), revision: this.revision };
      case 'put':
        this.put(byteStringOf(load.request.key!), load.request.value!, load.request.lease ?? 0n);
        return { ...NOTHING, revision: this.revision };
      case 'txn':
        return this.txn(load.request);
      case 'leaseGrant': {
        const leaseId = this.nextLease++;
        this.leases.set(leaseId, load.request.ttl!);
        return { ...NOTHING, revision: this.revision, leaseId, ttlS: load.request.ttl! };
      }
      case 'leaseRevoke': {
        const id = load.request.id!;
        this.leases.delete(id);
        const held = [...this.keys].filter(([, stored]) => stored.lease === id).map(([key]) => key);
        if (held.length > 0) this.revision++;
        for (const key of held) this.keys.delete(key);
        return { ...NOTHING, revision: this.revision };
      }
      case 'leaseKeepAlive':
        return { ...NOTHING, leaseId: load.request.id!, ttlS: this.leases.get(load.request.id!) ?? 0 };
      case 'compact':
      case 'status':
        return { ...NOTHING, revision: this.revision };
    }
  }

  put(key: string, written: Uint8Array | ByteSource, lease = 0n): void {
    const value = new Uint8Array(written.length);
    writeBytes(written, value, 0);
    const version = (this.keys.get(key)?.version ?? 0) + 1;
    this.keys.set(key, { value, modRevision: ++this.revision, version, lease });
  }

  private range(request: Extract<LoadRequest, { method: 'range' }>['request']): Partial<Reply> {
    const { limit = 0, countOnly = false } = request;
    const key = byteStringOf(request.key ?? '');
    const rangeEnd = byteStringOf(request.rangeEnd ?? '');
    const within = [...this.keys.keys()].filter((each) =>
      rangeEnd === '' ? each === key : each >= key && each < rangeEnd,
    );
    within.sort();
    const page = limit > 0 ? within.slice(0, limit) : within;
    return {
      count: within.length,
      kvs: countOnly ? 0 : page.length,
      more: page.length < within.length && !countOnly,
      lastKey: page.at(-1) ?? '',
      modRevision: countOnly ? 0 : (this.keys.get(page[0] ?? '')?.modRevision ?? 0),
    };
  }

  private txn(request: Extract<LoadRequest, { method: 'txn' }>['request']): Reply {
    const holds = (request.compare ?? []).every((compare) => {
      if (compare instanceof Uint8Array) throw new Error('an encoded compare');
      const stored = this.keys.get(byteStringOf(compare.key!));
      if (compare.modRevision !== undefined) return (stored?.modRevision ?? 0) === compare.modRevision;
      return (stored?.version ?? 0) === compare.version;
    });
    let reply: Partial<Reply> = {};
    for (const op of (holds ? request.success : request.failure) ?? []) {
      if (op instanceof Uint8Array) throw new Error('an encoded operation');
      const { requestPut, requestDeleteRange, requestRange } = op;
      if (requestPut !== undefined && !(requestPut instanceof Uint8Array)) {
        this.put(byteStringOf(requestPut.key!), requestPut.value!, requestPut.lease ?? 0n);
      }
      if (requestDeleteRange !== undefined && !(requestDeleteRange instanceof Uint8Array)) {
        if (this.keys.delete(byteStringOf(requestDeleteRange.key!))) this.revision++;
      }
      if (requestRange !== undefined && !(requestRange instanceof Uint8Array)) reply = this.range(requestRange);
    }
    return { ...NOTHING, ...reply, revision: this.revision, succeeded: holds };
  }
}

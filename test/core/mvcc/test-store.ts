import type { InternalRaftRequest } from '../../../src/core/api/types.ts';
import { DEFAULT_STORE_OPTIONS, Store, type Applied, type StoreOptions } from '../../../src/core/mvcc/index.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/memory-backend.ts';
import { putRequest, raftRequest } from './requests.ts';

/** A store on a backend in memory, to which entries are applied one after the other. */
export class TestStore {
  readonly backend = new MemoryBackend(memoryMedia());
  store = new Store(this.backend);

  apply(request: Partial<InternalRaftRequest>): Applied {
    return this.store.apply(raftRequest(request), this.store.appliedIndex + 1, 1, 0);
  }

  put(key: string, value = ''): Applied {
    return this.apply({ put: putRequest({ key, value }) });
  }

  /** The store made anew from what the backend holds. */
  reopen(options: Partial<StoreOptions> = {}): Store {
    this.store = new Store(this.backend, { ...DEFAULT_STORE_OPTIONS, ...options });
    return this.store;
  }
}

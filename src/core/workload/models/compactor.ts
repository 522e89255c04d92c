/**
 * The compactor of an apiserver: a Txn on the version of its key says whose turn it is; the winner compacts to the revision
 * of the round before, so that nothing younger than one interval is lost. The key lies under the profile's own prefix: the
 * cluster's real compactor must not be disturbed.
 */
import { DONE } from '../call.ts';
import type { Script } from '../call.ts';
import { compactTxnCall } from '../requests.ts';
import type { ModelContext } from './context.ts';

export function compactor(context: ModelContext): () => Script {
  const key = `${context.keyspace.prefix}/compact_rev_key`;
  let version = 0;
  let lastRevision = 0;
  return () => {
    let state: 'start' | 'asked' | 'compacting' = 'start';
    return {
      next: (reply) => {
        if (state === 'start' || reply === undefined) {
          state = 'asked';
          return { kind: 'send', call: compactTxnCall(key, version, lastRevision) };
        }
        if (state === 'compacting') return DONE;
        const compactTo = lastRevision;
        lastRevision = reply.revision;
        if (!reply.succeeded) return DONE;
        version++;
        if (compactTo === 0 || !context.mayCompact) return DONE;
        state = 'compacting';
        return { kind: 'send', call: { class: 'compact', method: 'compact', request: { revision: compactTo } } };
      },
    };
  };
}

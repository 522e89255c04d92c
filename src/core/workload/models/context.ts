/** What the models of one generator process share. */
import type { ByteSource, ByteString } from '../../../base/bytes.ts';
import type { Keyspace, ObjectSpace } from '../keyspace.ts';
import type { Ledger } from '../ledger.ts';
import type { Operation } from '../plan.ts';

export interface ModelContext {
  readonly keyspace: Keyspace;
  readonly ledger: Ledger;
  /** Whether the compactor may compact: a compaction is for the whole cluster, not for one prefix. */
  readonly mayCompact: boolean;
}

/** One object as an operation writes it. */
export interface Subject {
  readonly context: ModelContext;
  readonly space: ObjectSpace;
  readonly operation: Operation;
  readonly object: number;
  readonly key: ByteString;
}

export function subjectOf(context: ModelContext, space: ObjectSpace, operation: Operation, object: number): Subject {
  return { context, space, operation, object, key: space.keyOf(object) };
}

/** The value of the subject's next write. */
export function nextValue(subject: Subject, step: number, intendedMs: number): ByteSource {
  const { context, space, operation, object } = subject;
  return space.values.make({
    intendedMs,
    object,
    sequence: operation.sequence,
    source: operation.source,
    step,
    writes: context.ledger.writesOf(space.number, object),
  });
}

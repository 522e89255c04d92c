/**
 * A pod that runs one job: created, bound by the scheduler, reported on by the kubelet, finished, deleted. With its events
 * beside. Source for the writes: per pod about a create, two writes of the scheduler, two to five of the kubelet.
 */
import type { Script } from '../call.ts';
import type { Operation } from '../plan.ts';
import type { Source } from '../profile.ts';
import { subjectOf } from './context.ts';
import type { ModelContext } from './context.ts';
import { sequence } from './sequence.ts';
import type { Part } from './sequence.ts';
import { createObject, deleteObject, updateObject, writeLeased } from './writes.ts';
import type { LeasePool } from './writes.ts';

type PodSource = Extract<Source, { model: 'pod' }>;

/** The binding and the PodScheduled condition. */
const SCHEDULER_WRITES = 2;

export function podLife(
  context: ModelContext,
  source: PodSource,
  pool: LeasePool | undefined,
  operation: Operation,
): Script {
  const pod = subjectOf(context, context.keyspace.of(source.object), operation, operation.object);
  const parts: Part[] = [{ afterMs: 0, start: () => createObject(pod, 0) }];
  let step = 1;
  const update = (afterMs: number): void => {
    const mine = step++;
    parts.push({ afterMs, start: () => updateObject(pod, mine) });
  };
  let events = 0;
  const event = (afterMs: number): void => {
    if (pool === undefined || source.eventObject === undefined || events >= source.events) return;
    const space = context.keyspace.of(source.eventObject);
    const subject = subjectOf(context, space, operation, operation.object * source.events + events++);
    parts.push({ afterMs, start: () => writeLeased(subject, 0, pool, operation.atMs + afterMs) });
  };

  for (let i = 0; i < SCHEDULER_WRITES; i++) update(source.bindAfter);
  event(source.bindAfter);
  let atMs = source.bindAfter;
  for (let i = 0; i < source.statusWrites; i++) {
    atMs += source.statusEvery;
    update(atMs);
    event(atMs);
  }
  const endMs = atMs + source.runFor;
  // What was not told on the way is told at the end (Killing, Completed).
  while (events < source.events && pool !== undefined) event(endMs);
  // The terminal phase, then the grace period's mark, then the end.
  update(endMs);
  update(endMs);
  parts.push({ afterMs: endMs, start: () => deleteObject(pod) });
  return sequence(parts);
}

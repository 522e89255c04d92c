/**
 * A pod that runs one job: created, bound by the scheduler, reported on by the kubelet, finished, deleted. With its events
 * beside, and the Job that owns it. Source: recorded from kube-apiserver 1.34.4 for 200 Jobs: one write of the scheduler,
 * those of the kubelet, one of the Job's controller that lets the pod go (its finalizer), a Get and the grace period's mark,
 * a Get and the end. The Job itself is written four times between its creation and its deletion.
 */
import type { Script } from '../call.ts';
import type { Operation } from '../plan.ts';
import type { Source } from '../profile.ts';
import { subjectOf } from './context.ts';
import type { ModelContext } from './context.ts';
import { sequence } from './sequence.ts';
import type { Part } from './sequence.ts';
import { createObject, deleteObject, updateObject, updateUncached, writeLeased, writeObject } from './writes.ts';
import type { LeasePool } from './writes.ts';

type PodSource = Extract<Source, { model: 'pod' }>;

export function podLife(
  context: ModelContext,
  source: PodSource,
  pool: LeasePool | undefined,
  operation: Operation,
): Script {
  const pod = subjectOf(context, context.keyspace.of(source.object), operation, operation.object);
  const job =
    source.ownerObject === undefined
      ? undefined
      : subjectOf(context, context.keyspace.of(source.ownerObject), operation, operation.object);
  const parts: Part[] = [];
  let jobSteps = 0;
  /** What the Job's controller notes of the pod. */
  const note = (afterMs: number): void => {
    const mine = jobSteps++;
    if (job !== undefined) parts.push({ afterMs, start: () => writeObject(job, mine) });
  };
  note(0);
  parts.push({ afterMs: 0, start: () => createObject(pod, 0) });
  note(0);
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

  // The binding brings the PodScheduled condition with it.
  update(source.bindAfter);
  event(source.bindAfter);
  let atMs = source.bindAfter;
  for (let i = 0; i < source.statusWrites; i++) {
    atMs += source.statusEvery;
    update(atMs);
    event(atMs);
  }
  note(atMs);
  const endMs = atMs + source.runFor;
  // What was not told on the way is told at the end (Killing, Completed).
  while (events < source.events && pool !== undefined) event(endMs);
  // The terminal phase, and the finalizer's removal between two notes of the Job's.
  update(endMs);
  note(endMs);
  update(endMs);
  note(endMs);
  if (job !== undefined) parts.push({ afterMs: endMs, start: () => deleteObject(job) });
  // The grace period's mark, then the end.
  const mark = step++;
  parts.push({ afterMs: endMs, start: () => updateUncached(pod, mark) });
  parts.push({ afterMs: endMs, start: () => deleteObject(pod) });
  return sequence(parts);
}

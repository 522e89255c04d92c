/**
 * The models: what an operation of each source does, request by request. `modelOf` gives a source's model with the state
 * that its operations share; each operation is then a script of its own.
 */
import type { Script } from '../call.ts';
import { sharedLeases } from '../lease-reuse.ts';
import type { LeaseTerms } from '../lease-reuse.ts';
import type { Operation } from '../plan.ts';
import type { Source } from '../profile.ts';
import { getCall, healthCall } from '../requests.ts';
import { compactor } from './compactor.ts';
import { subjectOf } from './context.ts';
import type { ModelContext, Subject } from './context.ts';
import { leaseLife } from './lease.ts';
import { renewMasterlease } from './masterlease.ts';
import { podLife } from './pod.ts';
import { cachedList, countObjects, listPages, mixed, once } from './reads.ts';
import { applyObject, writeLeased, writeObject } from './writes.ts';
import type { LeasePool } from './writes.ts';

export type { ModelContext } from './context.ts';
export { createObject } from './writes.ts';
export { subjectOf } from './context.ts';

export type Model = (operation: Operation) => Script;

export function modelOf(source: Source, context: ModelContext): Model {
  return 'object' in source ? modelOfObjects(source, context) : modelOfOne(source, context);
}

function modelOfObjects(source: Extract<Source, { object: string }>, context: ModelContext): Model {
  const space = context.keyspace.of(source.object, source.model === 'mixed' ? source.keyBytes : undefined);
  const subject = (operation: Operation): Subject => subjectOf(context, space, operation, operation.object);
  switch (source.model) {
    case 'apply':
      return (operation) => applyObject(subject(operation), operation.chance < source.unchanged);
    case 'update':
      return (operation) => writeObject(subject(operation), 0);
    case 'create': {
      const pool = poolOf(source.lease);
      if (pool === undefined) return (operation) => writeObject(subject(operation), 0);
      return (operation) => writeLeased(subject(operation), 0, pool, operation.atMs);
    }
    case 'pod': {
      const pool = poolOf(source.eventLease);
      return (operation) => podLife(context, source, pool, operation);
    }
    case 'get':
      return (operation) => once(getCall(space.classes.get, space.keyOf(operation.object)));
    case 'list':
      return () => listPages(space, source.page, source.exact);
    case 'cached-list':
      return () => cachedList(space);
    case 'count':
      return () => countObjects(space);
    case 'mixed':
      return mixed(context, source, space);
    case 'lease':
      return (operation) => leaseLife(source, subject(operation));
    case 'masterlease':
      return (operation) => renewMasterlease(context, subject(operation));
  }
}

/** Of what is there once in a cluster. */
function modelOfOne(source: Exclude<Source, { object: string }>, context: ModelContext): Model {
  switch (source.model) {
    case 'compact':
      return compactor(context);
    case 'status':
      return () => once({ class: 'status', method: 'status', request: {} });
    case 'health': {
      const key = `${context.keyspace.prefix}/health`;
      return () => once(healthCall(key));
    }
  }
}

function poolOf(terms: LeaseTerms | undefined): LeasePool | undefined {
  return terms === undefined ? undefined : { terms, shared: sharedLeases(terms) };
}

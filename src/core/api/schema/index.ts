/**
 * The schema of etcd's v3 API (3.4 to 3.7): field numbers and types of every message, the one place where they stand.
 * The TypeScript types, the codecs and the JSON gateway all derive from these tables. Notation: `notation.ts`.
 *
 * Source: etcd v3.7.1 api/etcdserverpb/{rpc,raft_internal,etcdserver}.proto, api/mvccpb/kv.proto, api/authpb/auth.proto,
 * api/membershippb/membership.proto, server/etcdserver/api/{v3lock,v3election}, server/lease/leasepb, grpc health/v1.
 */
import { AUTH_MESSAGES } from './auth.ts';
import { CLUSTER_MESSAGES } from './cluster.ts';
import { CONCURRENCY_MESSAGES } from './concurrency.ts';
import { INTERNAL_MESSAGES } from './internal.ts';
import { KV_MESSAGES } from './kv.ts';
import { LEASE_MESSAGES } from './lease.ts';
import { MAINTENANCE_MESSAGES } from './maintenance.ts';
import { WATCH_MESSAGES } from './watch.ts';

export const SCHEMA = {
  ...KV_MESSAGES,
  ...WATCH_MESSAGES,
  ...LEASE_MESSAGES,
  ...CLUSTER_MESSAGES,
  ...MAINTENANCE_MESSAGES,
  ...AUTH_MESSAGES,
  ...CONCURRENCY_MESSAGES,
  ...INTERNAL_MESSAGES,
};

export type Schema = typeof SCHEMA;
export type MessageName = keyof Schema;

/** The HTTP/1.1 side of the client port: origin rules, status endpoints, the JSON gateway, 404 for the rest. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { AlarmType } from '../../core/api/index.ts';
import { NOBODY } from '../../core/raft/index.ts';
import type { Member } from '../member/member.ts';
import { hexId } from '../membership/member.ts';
import { checkCounter } from '../metrics/health-checks.ts';
import { ETCD_CLUSTER_VERSION, ETCD_VERSION, STORAGE_VERSION } from '../version.ts';
import { applyOriginRules, type OriginRules } from './origin-rules.ts';
import { answerStatus, type MemberHealth } from './status-endpoints.ts';

/** Answers a request or returns false where the path is not its own. */
export type HttpRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface ClientPortOptions {
  readonly rules: OriginRules;
  readonly isSecure: boolean;
  readonly routes: readonly HttpRoute[];
}

export function clientPortListener({ rules, isSecure, routes }: ClientPortOptions): RequestListener {
  return (request, response) => {
    if (applyOriginRules(rules, isSecure, request, response)) return;
    for (const route of routes) if (route(request, response)) return;
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' });
    response.end('404 page not found\n');
  };
}

export function statusRoute(health: MemberHealth): HttpRoute {
  return (request, response) => answerStatus(health, request, response);
}

/** A member as the status endpoints see it. */
export function memberHealth(member: Member, ownVersion: string): MemberHealth {
  const { metrics } = member.parts;
  return {
    version: () => ({
      etcdserver: ETCD_VERSION,
      etcdcluster: ETCD_CLUSTER_VERSION,
      storage: STORAGE_VERSION,
      etcdmark: ownVersion,
    }),
    metricsText: () => metrics.registry.expose(),
    variables: () => ({
      'raft.status': {
        id: hexId(member.parts.id),
        term: member.term,
        commit: member.committedIndex,
        lead: hexId(member.leader),
        raftState: member.isLeader ? 'StateLeader' : 'StateFollower',
        applied: member.appliedIndex,
      },
    }),
    hasLeader: () => member.leader !== NOBODY,
    isLearner: () => member.isLearner,
    alarms: () => member.store.alarms.list(AlarmType.NONE).map(({ alarm }) => alarm),
    read: (isLinearizable) =>
      new Promise((resolve, reject) => {
        const finish = (error: Error | undefined): void => {
          if (error === undefined) resolve();
          else reject(error);
        };
        if (isLinearizable) member.linearize(finish);
        else finish(undefined);
      }),
    countHealth: (isHealthy) => {
      if (isHealthy) metrics.healthSuccess.value++;
      else metrics.healthFailures.value++;
    },
    countCheck: checkCounter(metrics.registry),
  };
}

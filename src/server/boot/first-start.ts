/** What a member is when it starts on an empty disk: one of the first of a new cluster, or one that joins. */
import { OperationError } from '../../base/errors.ts';
import type { MemberConfig } from '../config/member-config.ts';
import type { Member } from '../membership/member.ts';
import { firstEntries, initialClusterId, initialMembers } from './bootstrap.ts';
import { fetchCluster, findOwn } from './join.ts';
import type { FirstStart } from './open-log.ts';
import { dialTlsOptions } from './tls.ts';

export interface FirstStartPlan {
  readonly start: FirstStart;
  /** The other members, where the log does not tell them yet. */
  readonly peers: readonly Member[];
}

/** Asks the running cluster where the member joins one and has no log of its own yet. */
export async function decideFirstStart(config: MemberConfig, hasLog: boolean): Promise<FirstStartPlan> {
  if (config.initialClusterState === 'new' || hasLog) {
    const members = initialMembers(config.initialCluster, config.initialClusterToken);
    const own = members.find((member) => member.name === config.name)!;
    const start = { id: own.id, clusterId: initialClusterId(members), ...firstEntries(members) };
    return { start, peers: hasLog ? [] : members };
  }
  const others = [...config.initialCluster].filter(([name]) => name !== config.name).flatMap(([, urls]) => urls);
  if (others.length === 0) {
    throw new OperationError('--initial-cluster-state existing needs the other members in --initial-cluster');
  }
  const cluster = await fetchCluster(others, dialTlsOptions(config));
  const own = findOwn(cluster, config.advertisePeerUrls);
  return {
    start: { id: own.id, clusterId: cluster.clusterId, entries: [], hardState: undefined },
    peers: cluster.members,
  };
}

import type { MessageTable } from './notation.ts';

/** etcdserverpb.Cluster and membershippb. */
export const CLUSTER_MESSAGES = {
  Member: {
    id: [1, 'bigUint64', 'ID'],
    name: [2, 'string'],
    peerUrls: [3, 'string[]', 'peerURLs'],
    clientUrls: [4, 'string[]', 'clientURLs'],
    isLearner: [5, 'bool', 'isLearner'],
  },
  MemberAddRequest: {
    peerUrls: [1, 'string[]', 'peerURLs'],
    isLearner: [2, 'bool', 'isLearner'],
  },
  MemberAddResponse: {
    header: [1, 'ResponseHeader'],
    member: [2, 'Member'],
    members: [3, 'Member[]'],
  },
  MemberRemoveRequest: { id: [1, 'bigUint64', 'ID'] },
  MemberRemoveResponse: {
    header: [1, 'ResponseHeader'],
    members: [2, 'Member[]'],
  },
  MemberUpdateRequest: {
    id: [1, 'bigUint64', 'ID'],
    peerUrls: [2, 'string[]', 'peerURLs'],
  },
  MemberUpdateResponse: {
    header: [1, 'ResponseHeader'],
    members: [2, 'Member[]'],
  },
  MemberListRequest: { linearizable: [1, 'bool'] },
  MemberListResponse: {
    header: [1, 'ResponseHeader'],
    members: [2, 'Member[]'],
  },
  MemberPromoteRequest: { id: [1, 'bigUint64', 'ID'] },
  MemberPromoteResponse: {
    header: [1, 'ResponseHeader'],
    members: [2, 'Member[]'],
  },
  /** membershippb.RaftAttributes. */
  RaftAttributes: {
    peerUrls: [1, 'string[]', 'peer_urls'],
    isLearner: [2, 'bool', 'is_learner'],
  },
  /** membershippb.Attributes. */
  MemberAttributes: {
    name: [1, 'string'],
    clientUrls: [2, 'string[]', 'client_urls'],
  },
  /** membershippb.Member. */
  MembershipMember: {
    id: [1, 'bigUint64', 'ID'],
    raftAttributes: [2, 'RaftAttributes'],
    memberAttributes: [3, 'MemberAttributes'],
  },
  ClusterVersionSetRequest: { ver: [1, 'string'] },
  ClusterMemberAttrSetRequest: {
    memberId: [1, 'bigUint64', 'member_ID'],
    memberAttributes: [2, 'MemberAttributes'],
  },
  DowngradeInfoSetRequest: {
    enabled: [1, 'bool'],
    ver: [2, 'string'],
  },
} as const satisfies MessageTable;

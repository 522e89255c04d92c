/** etcdserverpb.Cluster: who is in, who may come, who must go. Rules of contract section 4.11. */
import { ApiError, apiError, METHODS, type Message } from '../../core/api/index.ts';
import {
  CONF_ADD_LEARNER,
  CONF_ADD_VOTER,
  CONF_REMOVE,
  CONF_UPDATE,
  type ConfChangeType,
  type MemberId,
} from '../../core/raft/index.ts';
import type { UnaryCall } from '../../wire/grpc/call.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { UsageError } from '../../base/errors.ts';
import { parseUrl } from '../config/values.ts';
import { memberToJson } from '../membership/member-json.ts';
import { memberIdFor, type Member as ClusterMember } from '../membership/member.ts';
import { quorum } from '../membership/membership.ts';
import type { Member } from '../member/member.ts';
import type { ConfChangeWaiter } from '../member/membership-changes.ts';
import { requestTimeoutMs } from '../member/parts.ts';
import { guarded, PEER_OPERATIONS, type LeaderRequests } from './forwarding.ts';
import { answer, failCall, serveUnary } from './serving.ts';

/** A member counts as connected after so long without a break; etcd: HealthInterval. */
const HEALTHY_AFTER_MS = 5000;
/** A learner may vote once it has this share of the leader's log; etcd: readyPercent. */
const READY_SHARE = 0.9;

export function registerCluster(server: GrpcServer, member: Member, leaderRequests: LeaderRequests): void {
  const { membership, settings } = member.parts;

  serveUnary(server, member, METHODS.memberList, (request, call) => {
    const reply = (): void => answer(call, member, 'MemberListResponse', 0, { members: listed(member) });
    if (!request.linearizable) reply();
    else member.linearize((error) => (error === undefined ? reply() : failCall(call, error)));
  });

  serveUnary(server, member, METHODS.memberAdd, (request, call) => {
    const peerUrls = checkedUrls(request.peerUrls);
    const id = memberIdFor(peerUrls, String(Math.floor(member.parts.clock.wallMs() / 1000)));
    const added: ClusterMember = { id, name: '', peerUrls, clientUrls: [], isLearner: request.isLearner };
    if (settings.strictReconfigCheck) {
      if (!request.isLearner) membership.checkStarted('add');
      // A learner too, though it does not vote: it is to become a voter.
      checkConnected(member);
    }
    membership.checkAdd(added, settings.maxLearners);
    const type = request.isLearner ? CONF_ADD_LEARNER : CONF_ADD_VOTER;
    change(member, call, type, id, memberToJson(added), () =>
      answer(call, member, 'MemberAddResponse', 0, { member: added, members: listed(member) }),
    );
  });

  serveUnary(server, member, METHODS.memberRemove, ({ id }, call) => {
    membership.checkRemove(id);
    if (settings.strictReconfigCheck) checkRemoval(member, id);
    change(member, call, CONF_REMOVE, id, '', () =>
      answer(call, member, 'MemberRemoveResponse', 0, { members: listed(member) }),
    );
  });

  serveUnary(server, member, METHODS.memberUpdate, (request, call) => {
    membership.checkUpdate(request.id, request.peerUrls);
    // etcd would take any, and then end when it makes a connection to one that is no URL.
    const peerUrls = checkedUrls(request.peerUrls);
    const updated = { ...membership.get(request.id)!, peerUrls };
    change(member, call, CONF_UPDATE, request.id, memberToJson(updated), () =>
      answer(call, member, 'MemberUpdateResponse', 0, { members: listed(member) }),
    );
  });

  const promote = leaderRequests.register({
    code: PEER_OPERATIONS.memberPromote,
    request: 'MemberPromoteRequest',
    response: 'MemberPromoteResponse',
    answer: ({ id }: Message<'MemberPromoteRequest'>, done) => {
      const { learnerPromoteSuccesses, learnerPromoteFailures } = member.parts.metrics;
      const fail = (error: ApiError): void => {
        learnerPromoteFailures(error.message).value++;
        done(error);
      };
      const begin = guarded(fail, () => {
        membership.checkPromote(id);
        if (settings.strictReconfigCheck) membership.checkStarted('promote');
        checkCaughtUp(member, id);
        const promoted = { ...membership.get(id)!, isLearner: false };
        propose(member, CONF_ADD_VOTER, id, memberToJson(promoted, true), (error) => {
          if (error !== undefined) fail(error);
          else {
            learnerPromoteSuccesses.value++;
            done({ header: undefined, members: listed(member) });
          }
        });
      });
      begin();
    },
  });
  serveUnary(server, member, METHODS.memberPromote, (request, call) => {
    leaderRequests.ask(promote, request, (response) => {
      if (response instanceof ApiError) failCall(call, response);
      else answer(call, member, 'MemberPromoteResponse', 0, { members: response.members });
    });
  });
}

function change(
  member: Member,
  call: UnaryCall,
  type: ConfChangeType,
  id: MemberId,
  context: string,
  reply: () => void,
): void {
  propose(member, type, id, context, (error) => {
    if (error === undefined) reply();
    else failCall(call, error);
  });
}

/** Proposes a change and tells when it is applied; one that raft drops is told when it would have timed out. */
function propose(member: Member, type: ConfChangeType, id: MemberId, context: string, done: ConfChangeWaiter): void {
  const { clock, settings } = member.parts;
  let isDone = false;
  const finish: ConfChangeWaiter = (error) => {
    if (isDone) return;
    isDone = true;
    timer.cancel();
    done(error);
  };
  const changeId = member.changes.register(finish);
  const timer = clock.after(requestTimeoutMs(settings), () => {
    member.changes.forget(changeId);
    finish(apiError('timeout'));
  });
  member.proposeConfChange({ id: changeId, type, member: id, context: Buffer.from(context) });
}

function listed(member: Member): Message<'Member'>[] {
  return member.parts.membership.list().map(({ id, name, peerUrls, clientUrls, isLearner }) => ({
    id,
    name,
    peerUrls: [...peerUrls],
    clientUrls: [...clientUrls],
    isLearner,
  }));
}

function checkedUrls(urls: readonly string[]): string[] {
  try {
    if (urls.length === 0) throw new UsageError('no URL');
    return urls.map((url) => parseUrl('peer-urls', url).href).sort();
  } catch {
    throw apiError('badMemberUrls');
  }
}

function isConnected(member: Member, id: MemberId): boolean {
  if (id === member.parts.id) return true;
  const sinceMs = member.parts.transport.activeSinceMs(id);
  return sinceMs !== undefined && member.parts.clock.nowMs() - sinceMs >= HEALTHY_AFTER_MS;
}

/** Enough voters must be connected that the cluster has a quorum while the new one is still down. */
function checkConnected(member: Member): void {
  const voters = member.parts.membership.voters();
  if (voters.length === 1) return;
  const connected = voters.filter(({ id }) => isConnected(member, id)).length;
  if (connected < quorum(voters.length + 1)) throw apiError('unhealthy');
}

function checkRemoval(member: Member, id: MemberId): void {
  const { membership, transport } = member.parts;
  const target = membership.get(id);
  // A learner is in no quorum; a voter that is gone anyway can only be an ease.
  if (target?.isLearner === true) return;
  membership.checkStarted('remove', id);
  if (id !== member.parts.id && transport.activeSinceMs(id) === undefined) return;
  const voters = membership.voters();
  const connected = voters.filter((voter) => isConnected(member, voter.id)).length;
  if (voters.length > 1 && connected - 1 < quorum(voters.length - 1)) throw apiError('unhealthy');
}

function checkCaughtUp(member: Member, id: MemberId): void {
  const { progress, lastIndex } = member.parts.raft.status();
  const match = progress.get(id)?.match ?? 0;
  if (match < READY_SHARE * lastIndex) throw apiError('learnerNotReady');
}

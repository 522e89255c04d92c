/** etcdserverpb.Lease. Grants and revocations go through the log; renewals and times are the leader's own knowledge. */
import { ApiError, apiError, DecodeError, METHODS, type Message, type MessageName } from '../../core/api/index.ts';
import { MAX_LEASE_TTL_S } from '../../core/mvcc/index.ts';
import type { StreamCall } from '../../wire/grpc/call.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { codecs, encodeHeader } from '../../wire/messages/index.ts';
import type { AlarmRaiser } from '../maintenance/alarm-raiser.ts';
import type { LeaseKeeper } from '../maintenance/lease-keeper.ts';
import type { Member } from '../member/member.ts';
import { AnswersInOrder } from './answers-in-order.ts';
import { guarded, PEER_OPERATIONS, type ForwardDone, type LeaderRequests, type PeerOperation } from './forwarding.ts';
import { GuardedStream } from './guarded-stream.ts';
import type { LeaderGuard } from './leader-guard.ts';
import { answer, checkCall, failCall, serveUnary, whenApplied } from './serving.ts';

export interface LeaseServices {
  readonly member: Member;
  readonly keeper: LeaseKeeper;
  readonly alarms: AlarmRaiser;
  readonly leaderRequests: LeaderRequests;
  readonly guard: LeaderGuard;
}

export function registerLease(server: GrpcServer, services: LeaseServices): void {
  const { member, keeper, alarms, leaderRequests, guard } = services;
  const renew = leaderRequests.register(renewal(member));
  const times = leaderRequests.register(timeToLive(member));

  serveUnary(server, member, METHODS.leaseGrant, (request, call) => {
    if (request.ttl > MAX_LEASE_TTL_S) throw apiError('leaseTtlTooLarge');
    alarms.checkRoom({ leaseGrant: request });
    const id = request.id === 0n ? keeper.newLeaseId() : request.id;
    const waiter = whenApplied(call, (response) => {
      const { ttl } = response as Message<'LeaseGrantResponse'>;
      answer(call, member, 'LeaseGrantResponse', member.store.currentRevision, { id, ttl });
    });
    member.propose('leaseGrant', codecs.LeaseGrantRequest.encode({ id, ttl: request.ttl }), waiter);
  });

  serveUnary(server, member, METHODS.leaseRevoke, (_request, call) => {
    const reply = (): void => answer(call, member, 'LeaseRevokeResponse', member.store.currentRevision, {});
    member.propose('leaseRevoke', call.request, whenApplied(call, reply));
  });

  serveUnary(server, member, METHODS.leaseTimeToLive, (request, call) => {
    leaderRequests.ask(times, request, (response) => {
      if (response instanceof ApiError) failCall(call, response);
      else answer(call, member, 'LeaseTimeToLiveResponse', member.store.currentRevision, withoutHeader(response));
    });
  });

  serveUnary(server, member, METHODS.leaseLeases, (_request, call) => {
    const leases = member.store.lessor.list().map((id) => ({ id }));
    answer(call, member, 'LeaseLeasesResponse', member.store.currentRevision, { leases });
  });

  server.stream(METHODS.leaseKeepAlive.path, (call) => keepAliveStream(call, member, leaderRequests, renew, guard));
}

function keepAliveStream(
  call: StreamCall,
  member: Member,
  leaderRequests: LeaderRequests,
  renew: PeerOperation<'LeaseKeepAliveRequest', 'LeaseKeepAliveResponse'>,
  guard: LeaderGuard,
): void {
  const stream = new GuardedStream(call, guard);
  let isHalfClosed = false;
  // A client may tell its leases by the order of the answers, as etcd gives them one after the other.
  const answers = new AnswersInOrder();
  const endWhenDone = (): void => {
    if (!isHalfClosed || !answers.isEmpty || stream.isEnded) return;
    stream.end();
    call.end();
  };
  try {
    checkCall(member, call);
  } catch (error) {
    stream.fail(error);
    return;
  }
  call.onHalfClose(() => {
    isHalfClosed = true;
    endWhenDone();
  });
  call.onMessage((bytes) => {
    if (stream.isEnded) return;
    let request: Message<'LeaseKeepAliveRequest'>;
    try {
      request = codecs.LeaseKeepAliveRequest.decode(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      member.parts.metrics.streamReceiveFailures('lease-keepalive').value++;
      stream.fail(error);
      return;
    }
    // The header tells the revision before the renewal.
    const header = encodeHeader(member.headerPrefix, member.store.currentRevision, member.term);
    const reply = answers.next();
    leaderRequests.ask(renew, request, (response) => {
      reply(() => {
        if (stream.isEnded) return;
        if (response instanceof ApiError) stream.fail(response);
        else {
          call.send(codecs.LeaseKeepAliveResponse.encode({ header, id: request.id, ttl: response.ttl }));
          endWhenDone();
        }
      });
    });
  });
}

/**
 * Renewal is no raft entry: it is the leader's clock that counts. One that was deposed without knowing gives time that its
 * successor may not give, and does not know the leases granted since: time is only given by a leader that a quorum has
 * confirmed lately, and that a lease is gone is only said by one that it has confirmed since it was asked.
 */
function renewal(member: Member): PeerOperation<'LeaseKeepAliveRequest', 'LeaseKeepAliveResponse'> {
  const renew = (id: bigint, done: ForwardDone<'LeaseKeepAliveResponse'>, isSure: boolean): void => {
    const { ttlS, clearCheckpoint } = member.store.lessor.renew(id, member.parts.clock.nowMs());
    if (ttlS === 0 && !isSure) {
      member.assurance.confirm(
        done,
        guarded(done, () => renew(id, done, true)),
      );
      return;
    }
    const tell = (): void => {
      if (ttlS > 0) member.parts.metrics.leasesRenewed.value++;
      done({ header: undefined, id, ttl: ttlS });
    };
    if (!clearCheckpoint) {
      tell();
      return;
    }
    // Another leader would go by the checkpoint: the holder must not rely on the renewal before it is gone.
    const request = codecs.LeaseCheckpointRequest.encode({ checkpoints: [{ id, remainingTtl: 0 }] });
    member.propose('leaseCheckpoint', request, { applied: tell, failed: done });
  };
  return {
    code: PEER_OPERATIONS.leaseRenew,
    request: 'LeaseKeepAliveRequest',
    response: 'LeaseKeepAliveResponse',
    answer: ({ id }, done) => {
      const begin = guarded(done, () => renew(id, done, false));
      member.assurance.whenRecent(done, begin);
    },
  };
}

function timeToLive(member: Member): PeerOperation<'LeaseTimeToLiveRequest', 'LeaseTimeToLiveResponse'> {
  const tell = (
    { id, keys }: Message<'LeaseTimeToLiveRequest'>,
    done: ForwardDone<'LeaseTimeToLiveResponse'>,
    isSure: boolean,
  ): void => {
    const { lessor } = member.store;
    const times = lessor.timesOf(id, member.parts.clock.nowMs());
    if (times === undefined && !isSure) {
      member.assurance.confirm(
        done,
        guarded(done, () => tell({ id, keys }, done, true)),
      );
      return;
    }
    done({
      header: undefined,
      id,
      ttl: times?.remainingS ?? -1,
      grantedTtl: times?.grantedTtlS ?? 0,
      keys: keys && times !== undefined ? lessor.keysOf(id) : [],
    });
  };
  return {
    code: PEER_OPERATIONS.leaseTimes,
    request: 'LeaseTimeToLiveRequest',
    response: 'LeaseTimeToLiveResponse',
    answer: (request, done) => tell(request, done, false),
  };
}

function withoutHeader<M extends MessageName>(message: Message<M>): Omit<Message<M>, 'header'> {
  const { header: _header, ...rest } = message as Message<M> & { header: unknown };
  return rest;
}

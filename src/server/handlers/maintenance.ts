/** etcdserverpb.Maintenance: status, alarms, hashes, defragmentation, leadership. */
import { AlarmType, apiError, GrpcCode, METHODS, type Message } from '../../core/api/index.ts';
import { DEFAULT_QUOTA_BYTES } from '../../core/mvcc/index.ts';
import { NOBODY } from '../../core/raft/index.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { codecs } from '../../wire/messages/index.ts';
import { finishHash, hashBackend } from '../maintenance/hashing.ts';
import type { Member } from '../member/member.ts';
import { requestTimeoutMs } from '../member/parts.ts';
import { ETCD_VERSION, STORAGE_VERSION } from '../version.ts';
import { alarmText } from './alarm-text.ts';
import { answer, failCall, serveUnary, whenApplied } from './serving.ts';

const TRANSFER_POLL_MS = 10;

export function registerMaintenance(server: GrpcServer, member: Member): void {
  const { clock, metrics, backend } = member.parts;

  serveUnary(
    server,
    member,
    METHODS.status,
    (_request, call) => answer(call, member, 'StatusResponse', member.store.currentRevision, status(member)),
    () => true,
  );

  serveUnary(server, member, METHODS.alarm, (_request, call) => {
    const reply = (response: unknown): void => {
      const { alarms } = response as Message<'AlarmResponse'>;
      answer(call, member, 'AlarmResponse', member.store.currentRevision, { alarms });
    };
    member.propose('alarm', call.request, whenApplied(call, reply));
  });

  serveUnary(server, member, METHODS.hashKV, ({ revision }, call) => {
    const work = member.store.hashKV(revision);
    const startedMs = clock.nowMs();
    finishHash(work, clock, (error) => {
      if (error !== undefined) {
        failCall(call, error);
        return;
      }
      metrics.hashRevSeconds.observe((clock.nowMs() - startedMs) / 1000);
      answer(call, member, 'HashKVResponse', member.store.currentRevision, {
        hash: work.hash,
        compactRevision: work.compactRevision,
        hashRevision: work.revision,
      });
    });
  });

  serveUnary(server, member, METHODS.hash, (_request, call) => {
    member.commitBackend();
    const startedMs = clock.nowMs();
    hashBackend(backend, clock, (hash) => {
      metrics.hashSeconds.observe((clock.nowMs() - startedMs) / 1000);
      answer(call, member, 'HashResponse', member.store.currentRevision, { hash });
    });
  });

  serveUnary(server, member, METHODS.defragment, (_request, call) => {
    metrics.defragInFlight.value = 1;
    const startedMs = clock.nowMs();
    member.commitBackend();
    backend.defragment((outcome) => {
      metrics.defragInFlight.value = 0;
      if (outcome.error !== undefined) {
        call.fail(GrpcCode.UNKNOWN, outcome.error.message);
        return;
      }
      metrics.backendDefragSeconds.observe((clock.nowMs() - startedMs) / 1000);
      member.parts.log.info('finished defragmentation', {
        'size-before-bytes': outcome.sizeBeforeBytes,
        'size-after-bytes': outcome.sizeAfterBytes,
        'pause-ms': outcome.pauseMs,
      });
      call.respond(codecs.DefragmentResponse.encode({}));
    });
  });

  serveUnary(server, member, METHODS.moveLeader, ({ targetId }, call) => {
    if (!member.isLeader) throw apiError('notLeader');
    const target = member.parts.membership.get(targetId);
    if (target === undefined || target.isLearner) throw apiError('badLeaderTransferee');
    const reply = (): void => call.respond(codecs.MoveLeaderResponse.encode({}));
    if (targetId === member.parts.id) {
      reply();
      return;
    }
    if (!member.transferLeadership(targetId)) throw apiError('badLeaderTransferee');
    const untilMs = Math.min(call.deadlineMs ?? Infinity, clock.nowMs() + requestTimeoutMs(member.parts.settings));
    const poll = (): void => {
      if (member.leader === targetId) reply();
      else if (clock.nowMs() >= untilMs) failCall(call, apiError('timeoutLeaderTransfer'));
      else clock.after(TRANSFER_POLL_MS, poll);
    };
    poll();
  });
}

function status(member: Member): Omit<Message<'StatusResponse'>, 'header'> {
  const { backend } = member.parts;
  const { quotaBytes, alarms } = member.store;
  const raised = alarms.list(AlarmType.NONE);
  const errors = raised.map(alarmText);
  return {
    version: ETCD_VERSION,
    dbSize: backend.sizeBytes,
    leader: member.leader,
    raftIndex: member.committedIndex,
    raftTerm: member.term,
    raftAppliedIndex: member.appliedIndex,
    errors: member.leader === NOBODY ? ['etcdserver: no leader', ...errors] : errors,
    dbSizeInUse: backend.sizeInUseBytes,
    isLearner: member.isLearner,
    storageVersion: STORAGE_VERSION,
    dbSizeQuota: Number.isFinite(quotaBytes) ? quotaBytes : DEFAULT_QUOTA_BYTES,
    downgradeInfo: { enabled: false, targetVersion: '' },
  };
}

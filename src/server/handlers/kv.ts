/** etcdserverpb.KV: ranges, puts, deletions, transactions, compaction. */
import { GrpcCode, METHODS } from '../../core/api/index.ts';
import type { ApiError, DeleteRangeResponse, PutResponse } from '../../core/api/index.ts';
import {
  checkDeleteRangeRequest,
  checkPutRequest,
  checkRangeRequest,
  checkTxnRequest,
  isReadOnlyTxn,
  isSerializableTxn,
  type Applied,
} from '../../core/mvcc/index.ts';
import type { UnaryCall } from '../../wire/grpc/call.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import {
  deleteRangeResponseSize,
  putResponseSize,
  writeDeleteRangeResponse,
  writePutResponse,
} from '../../wire/messages/index.ts';
import type { ProposalWaiter } from '../consensus/proposals.ts';
import type { AlarmRaiser } from '../maintenance/alarm-raiser.ts';
import type { CompactionDriver } from '../maintenance/compaction-driver.ts';
import type { Member } from '../member/member.ts';
import { LongAnswers } from './long-answers.ts';
import { RangeAnswers } from './range-answers.ts';
import { answer, failCall, serveUnary, whenApplied } from './serving.ts';
import { TxnAnswers } from './txn-answers.ts';

export interface KvServices {
  readonly member: Member;
  readonly compaction: CompactionDriver;
  readonly alarms: AlarmRaiser;
}

export function registerKv(server: GrpcServer, { member, compaction, alarms }: KvServices): void {
  const long = new LongAnswers(member);
  const ranges = new RangeAnswers(member, long);
  const txns = new TxnAnswers(member, long);
  serveUnary(
    server,
    member,
    METHODS.range,
    (request, call) => {
      checkRangeRequest(request);
      if (request.serializable) ranges.answer(request, call);
      else linearized(member, call, () => ranges.answer(request, call));
    },
    (request) => request.serializable,
  );

  serveUnary(server, member, METHODS.put, (request, call) => {
    checkPutRequest(request);
    alarms.checkRoom({ put: request });
    member.propose('put', call.request, new PutWaiter(call, member));
  });

  serveUnary(server, member, METHODS.deleteRange, (request, call) => {
    checkDeleteRangeRequest(request);
    const waiter = whenApplied(call, (response) => {
      const { header, deleted, prevKvs } = response as DeleteRangeResponse<Uint8Array>;
      const { headerPrefix: prefix, term } = member;
      const revision = header?.revision ?? 0;
      call.respondWith(deleteRangeResponseSize(prefix, revision, term, deleted, prevKvs), (into, offset) =>
        writeDeleteRangeResponse(prefix, revision, term, deleted, prevKvs, into, offset),
      );
    });
    member.propose('deleteRange', call.request, waiter);
  });

  serveUnary(server, member, METHODS.txn, (request, call) => {
    checkTxnRequest(request, member.parts.settings.maxTxnOperations);
    if (!isReadOnlyTxn(request)) {
      alarms.checkRoom({ txn: request });
      const waiter = whenApplied(call, (response) => txns.applied(response, call));
      member.propose('txn', call.request, waiter);
      return;
    }
    // It may be read in later turns, in which the call's bytes are no more.
    for (const compare of request.compare) compare.value &&= Buffer.from(compare.value);
    if (isSerializableTxn(request)) txns.read(request, call);
    else linearized(member, call, () => txns.read(request, call));
  });

  serveUnary(server, member, METHODS.compact, (request, call) => {
    const reply = (): void => answer(call, member, 'CompactionResponse', member.store.currentRevision, {});
    member.propose('compaction', call.request, {
      applied: ({ error }) => {
        // A physical compaction that comes too late still waits for the one that is running.
        const finish = (): void => (error === undefined ? reply() : call.fail(error.code, error.message));
        const mustWait = request.physical && (error === undefined || error.name === 'compacted');
        if (mustWait) compaction.whenFinished(finish);
        else finish();
      },
      failed: (error) => call.fail(error.code, error.message),
    });
  });
}

/** The hot one: no closure for the waiter, no object for the answer. */
class PutWaiter implements ProposalWaiter<Applied> {
  readonly #call: UnaryCall;
  readonly #member: Member;

  constructor(call: UnaryCall, member: Member) {
    this.#call = call;
    this.#member = member;
  }

  applied({ error, response }: Applied): void {
    if (error !== undefined) {
      this.#call.fail(error.code, error.message);
      return;
    }
    const { header, prevKv } = response as PutResponse<Uint8Array>;
    const { headerPrefix: prefix, term } = this.#member;
    const revision = header?.revision ?? 0;
    this.#call.respondWith(putResponseSize(prefix, revision, term, prevKv), (into, offset) =>
      writePutResponse(prefix, revision, term, prevKv, into, offset),
    );
  }

  failed(error: ApiError): void {
    this.#call.fail(error.code, error.message);
  }
}

function linearized(member: Member, call: UnaryCall, read: () => void): void {
  member.linearize((error) => {
    if (error !== undefined) {
      call.fail(error.code, error.message);
      return;
    }
    if (call.cancelled) {
      // Nobody hears it, but until then the call counts as in work.
      call.fail(GrpcCode.CANCELLED, 'context canceled');
      return;
    }
    try {
      read();
    } catch (thrown) {
      failCall(call, thrown);
    }
  });
}

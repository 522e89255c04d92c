/**
 * What every handler does alike: decode, check, call, map the error, fill the header.
 *
 * A handler throws `ApiError` for what etcd refuses; it becomes the call's status here and nowhere else.
 */
import { isUtf8 } from 'node:buffer';
import { ApiError, apiError, DecodeError, GrpcCode, type Message, type MessageName } from '../../core/api/index.ts';
import type { Applied } from '../../core/mvcc/index.ts';
import { NOBODY } from '../../core/raft/index.ts';
import type { Call, UnaryCall } from '../../wire/grpc/call.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { codecs, encodeHeader, type Codec } from '../../wire/messages/index.ts';
import type { ProposalWaiter } from '../consensus/proposals.ts';
import type { Member } from '../member/member.ts';

export interface UnaryMethod<Q extends MessageName> {
  readonly path: string;
  readonly request: Q;
}

/** Registers a unary method. `allowLearner` says which requests a learner may answer; none by default. */
export function serveUnary<Q extends MessageName>(
  server: GrpcServer,
  member: Member,
  method: UnaryMethod<Q>,
  handle: (request: Message<Q>, call: UnaryCall) => void,
  allowLearner: (request: Message<Q>) => boolean = () => false,
): void {
  const codec = codecs[method.request] as Codec<Q>;
  server.unary(method.path, (call) => {
    try {
      const request = codec.decode(call.request);
      call.subject = request;
      checkCall(member, call, member.isLearner && allowLearner(request));
      handle(request, call);
    } catch (error) {
      failCall(call, error);
    }
  });
}

/**
 * What etcd asks of every call, in its order: a learner answers little, the client's version is text, and a client that
 * asked for it is told at once that there is no leader.
 */
export function checkCall(member: Member, call: Call, allowLearner = false): void {
  if (member.isLearner && !allowLearner) throw apiError('notSupportedForLearner');
  const version = call.metadata.get('client-api-version');
  if (version !== undefined && NOT_ASCII.test(version) && !isUtf8(Buffer.from(version, 'latin1'))) {
    throw apiError('invalidClientApiVersion');
  }
  if (member.leader === NOBODY && call.metadata.get('hasleader') === 'true') throw apiError('noLeader');
}

const NOT_ASCII = /[\x80-\xff]/;

/** Ends a call with the status that `error` stands for; what is no error of the API is a bug and thrown on. */
export function failCall(call: Call, error: unknown): void {
  if (error instanceof ApiError) call.fail(error.code, error.message);
  else if (error instanceof DecodeError) {
    call.fail(GrpcCode.INTERNAL, `grpc: error unmarshalling request: ${error.message}`);
  } else throw error;
}

/** Answers with a message whose header says who answers, at which revision. */
export function answer<A extends MessageName>(
  call: UnaryCall,
  member: Member,
  name: A,
  revision: number,
  fields: Omit<Parameters<Codec<A>['encode']>[0], 'header'>,
): void {
  const codec = codecs[name] as unknown as Codec<MessageName>;
  const header = encodeHeader(member.headerPrefix, revision, member.term);
  call.respond(codec.encode({ ...fields, header }));
}

/** Waits for a proposal and answers with what `reply` makes of the store's response. */
export function whenApplied(
  call: UnaryCall,
  reply: (response: NonNullable<Applied['response']>) => void,
): ProposalWaiter<Applied> {
  return {
    applied: ({ error, response }) => {
      if (error !== undefined) call.fail(error.code, error.message);
      else if (response !== undefined) reply(response);
      else call.fail(GrpcCode.INTERNAL, 'the entry was applied without a response');
    },
    failed: (error) => call.fail(error.code, error.message),
  };
}

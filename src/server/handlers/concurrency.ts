/** How the calls of the lock and the election service are served. */
import { ApiError, GrpcCode, type Message, type MessageInput, type MessageName } from '../../core/api/index.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { answer, serveUnary, type UnaryMethod } from './serving.ts';
import { StoreSteps, type StoreServices } from './store-steps.ts';

/** Ends the call with an answer. */
export type Reply<A extends MessageName> = (revision: number, fields: Omit<MessageInput<A>, 'header'>) => void;

/**
 * Registers a unary method that is made of steps. In etcd these services reach the store through an embedded client, whose
 * errors carry no status: whatever fails in a step travels as Unknown, with its text.
 */
export function serveSteps<Q extends MessageName, A extends MessageName>(
  server: GrpcServer,
  services: StoreServices,
  method: UnaryMethod<Q> & { readonly response: A },
  handle: (steps: StoreSteps, request: Message<Q>, reply: Reply<A>) => void,
): void {
  const { member } = services;
  serveUnary(server, member, method, (request, call) => {
    const steps = new StoreSteps(services, (error) => call.fail(GrpcCode.UNKNOWN, error.message));
    call.onCancel(() => steps.fail(plainError('context canceled')));
    steps.run(() =>
      handle(steps, request, (revision, fields) => {
        steps.stop();
        answer(call, member, method.response, revision, fields);
      }),
    );
  });
}

/** An error that is not in etcd's table. */
export function plainError(message: string): ApiError {
  return new ApiError('other', GrpcCode.UNKNOWN, message);
}

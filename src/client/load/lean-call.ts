/** A call of the lean client: what waits for its answer is in the call itself, so that no closure is made for each. */
import { errorMessage } from '../../base/errors.ts';
import type { LoadMethod, LoadRequest } from '../../core/workload/index.ts';
import { UnaryClientCall } from '../../wire/index.ts';
import type { CallOptions, ClientConnection, GrpcError, OutgoingMessage, PreparedMethod } from '../../wire/index.ts';
import { NO_REPLY, digest } from './digest.ts';
import { loadError } from './messages.ts';
import type { LoadCaller } from './types.ts';

/** gRPC's Internal: an answer that cannot be read is the server's fault. */
const INTERNAL = 13;

/** Told of a call that ended without an answer. */
export type CallEnded = (
  error: GrpcError,
  request: LoadRequest,
  number: number,
  deadlineMs: number,
  caller: LoadCaller,
) => void;

export class LeanCall extends UnaryClientCall {
  private readonly ended: CallEnded;
  private readonly load: LoadRequest;
  private readonly number: number;
  private readonly caller: LoadCaller;

  constructor(
    connection: ClientConnection,
    method: PreparedMethod,
    message: OutgoingMessage,
    options: CallOptions,
    ended: CallEnded,
    load: LoadRequest,
    number: number,
    caller: LoadCaller,
  ) {
    super(connection, method, message, options);
    this.ended = ended;
    this.load = load;
    this.number = number;
    this.caller = caller;
  }

  protected answered(error: GrpcError | undefined, response: Buffer, start: number, end: number): void {
    if (error === undefined) answered(this.load.method, response, start, end, this.caller);
    else this.ended(error, this.load, this.number, this.deadlineMs!, this.caller);
  }
}

export function answered(
  method: LoadMethod,
  response: Uint8Array,
  start: number,
  end: number,
  caller: LoadCaller,
): void {
  let reply;
  try {
    reply = digest(method, response, start, end);
  } catch (error) {
    caller.answered(loadError(INTERNAL, `an answer that cannot be read: ${errorMessage(error)}`), NO_REPLY);
    return;
  }
  caller.answered(undefined, reply);
}

export function failed(error: GrpcError | undefined, caller: LoadCaller): void {
  const { code = INTERNAL, message = 'the stream ended without an answer' } = error ?? {};
  // What the server says it never began cannot have happened.
  caller.answered(
    { ...loadError(code, message), ...(error?.unprocessed === true ? { mayHaveHappened: false } : {}) },
    NO_REPLY,
  );
}

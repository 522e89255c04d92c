/** The client in promises, for callers that make few calls: responses are copied, errors are thrown. */
import type { CallOptions, OutgoingMessage } from './client-types.ts';
import type { ClientPool } from './client-pool.ts';
import type { PreparedMethod } from './prepared-method.ts';

/** The response's bytes, the caller's own. Rejects with GrpcError. */
export function callUnary(
  pool: ClientPool,
  method: PreparedMethod,
  message: OutgoingMessage,
  options?: CallOptions,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pool.unary(method, message, options, (error, response) => {
      if (error === undefined) resolve(Buffer.from(response));
      else reject(error);
    });
  });
}

/** Every message of a server stream, the request being its only message. Rejects with GrpcError. */
export function callServerStream(
  pool: ClientPool,
  method: PreparedMethod,
  request: OutgoingMessage,
  options?: CallOptions,
): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const messages: Buffer[] = [];
    const stream = pool.stream(
      method,
      {
        onMessage: (message) => messages.push(Buffer.from(message)),
        onEnd: (error) => (error === undefined ? resolve(messages) : reject(error)),
      },
      options,
    );
    stream.send(request);
    stream.halfClose();
  });
}

/** Resolves once every connection of the pool is up. */
export function whenReady(pool: ClientPool): Promise<void> {
  return new Promise((resolve) => pool.onceReady(resolve));
}

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

/** Resolves once every connection of the pool is up. */
export function whenReady(pool: ClientPool): Promise<void> {
  return new Promise((resolve) => pool.onceReady(resolve));
}

/**
 * The load path's client: calls without a promise each, answers read only as far as a load run looks at them.
 *
 * `grpcJsLoadClient` is the reference.
 */
export { digest } from './digest.ts';
export { grpcJsLoadClient } from './grpc-js.ts';
export type {
  LoadClient,
  LoadClientOptions,
  LoadDone,
  LoadError,
  LoadWatch,
  LoadWatchEvent,
  LoadWatchHandlers,
} from './types.ts';

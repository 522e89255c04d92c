/**
 * The load path's client: calls without a promise each, answers read only as far as a load run looks at them.
 *
 * `leanLoadClient` runs on `wire/` and is what measures; `grpcJsLoadClient` is the reference to measure it against.
 */
export { digest } from './digest.ts';
export { grpcJsLoadClient } from './grpc-js.ts';
export { leanLoadClient } from './lean.ts';
export type {
  LoadClient,
  LoadClientOptions,
  LoadCaller,
  LoadError,
  LoadWatch,
  LoadWatchEvent,
  LoadWatchHandlers,
} from './types.ts';

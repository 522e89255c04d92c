/**
 * gRPC over HTTP/2 for both ends, over any byte duplex, made for a server bound by its disk and a load generator that
 * must not measure itself.
 *
 * Promises: a peer can use only so much memory and work, whatever it sends (`ConnectionLimits`); breaking the protocol
 * ends its stream or connection, never the process; bytes are lent, not copied, so a request or response is valid only
 * during the handler's own turn; everything written in one turn of the event loop leaves in one write.
 *
 * Server: make a `GrpcServer`, name its methods with `unary` and `stream`, put it behind a port with `listen`.
 * Client: make a `ClientPool` and a `PreparedMethod` for each method, call `unary` or `stream`; `callUnary` and friends
 * do the same in promises. What makes calls by the hundred thousand extends `UnaryClientCall` and starts them itself.
 *
 * A Put on its way: `transport/` (bytes) → `http2/frame-reader` → `http2/connection` → `grpc/server-connection` →
 * `grpc/server-call` → the handler → `server-call.respond` → `http2/output`, and out.
 */
export type { PeerInfo, StreamCall, StreamHandler, UnaryCall, UnaryHandler, Call, MessageWriter } from './grpc/call.ts';
export type {
  CallOptions,
  Cancellable,
  ClientStream,
  OutgoingMessage,
  StreamHandlers,
  UnaryDone,
} from './grpc/client-types.ts';
export { UnaryClientCall } from './grpc/client-call.ts';
export type { ClientConnection } from './grpc/client-connection.ts';
export { ClientPool, formatAddress } from './grpc/client-pool.ts';
export type { PoolOptions } from './grpc/client-pool.ts';
export { Metadata } from './grpc/metadata.ts';
export { PreparedMethod } from './grpc/prepared-method.ts';
export { callUnary, whenReady } from './grpc/promises.ts';
export { GrpcServer } from './grpc/server.ts';
export type { CallObserver, ServerOptions } from './grpc/server.ts';
export { GrpcError, StatusCode, statusName, toStatusCode } from './grpc/status.ts';
export { DEFAULT_LIMITS } from './http2/limits.ts';
export type { ConnectionLimits } from './http2/limits.ts';
export { memoryPair } from './transport/memory-duplex.ts';
export { listen } from './transport/port.ts';
export type { Port, PortOptions } from './transport/port.ts';
export { tcpNetwork } from './transport/tcp-network.ts';
export type { ClientTlsFiles, ServerTlsFiles } from './transport/tls-files.ts';
export type { RejectedConnection } from './transport/tls-guard.ts';
export { tlsNetwork } from './transport/tls-network.ts';

/** etcd's --max-request-bytes unless it is told otherwise. Source: etcd server/embed/config.go, DefaultMaxRequestBytes. */
export const DEFAULT_MAX_REQUEST_BYTES = 1_572_864;

/** What a message may have beyond the request, or the events, in it. Source: as above, api/v3rpc/grpc.go, grpcOverheadBytes. */
export const MESSAGE_OVERHEAD_BYTES = 512 * 1024;

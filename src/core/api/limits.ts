/** etcd's --max-request-bytes unless it is told otherwise. Source: etcd server/embed/config.go, DefaultMaxRequestBytes. */
export const DEFAULT_MAX_REQUEST_BYTES = 1_572_864;

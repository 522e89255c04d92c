/**
 * Control calls: every RPC of etcd's API, typed, on @grpc/grpc-js with our codecs. For status, members, alarms, compaction,
 * snapshots and whatever else is not load.
 *
 *     const etcd = connectControl({ endpoints: ['127.0.0.1:2379'] });
 *     const { kvs } = await etcd.range({ key: 'a', rangeEnd: 'b' });
 *     for await (const { blob } of await etcd.snapshot({})) ...
 *     etcd.close();
 *
 * `settings.ts` turns flags and ETCDCTL_* variables into options. An endpoint that refuses, stays silent, wants TLS or is not
 * etcd is said to be so in one line.
 */
export type { CallOptions } from './caller.ts';
export { connectControl, type ControlCalls, type ControlClient } from './connect.ts';
export { parseEndpoint, type Endpoint } from './endpoint.ts';
export { EndpointError } from './errors.ts';
export {
  DEFAULT_COMMAND_TIMEOUT_MS,
  DEFAULT_DIAL_TIMEOUT_MS,
  DEFAULT_ENDPOINT,
  controlOptions,
  parseDuration,
  settingsFromEnvironment,
  type ConnectionSettings,
  type ControlOptions,
  type TlsOptions,
} from './settings.ts';
export type { BidiStream, ServerStream } from './streams.ts';

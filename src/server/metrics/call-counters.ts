/**
 * Counters of gRPC calls, as go-grpc-prometheus exports them: made for every method at start, at zero. A path that is not
 * served has no method and is not counted. With --metrics=extensive calls are timed too.
 */
import { METHODS, type Streaming } from '../../core/api/index.ts';
import { statusName } from '../../wire/grpc/status.ts';
import type { EndedCall } from '../../wire/grpc/call.ts';
import type { CallObserver } from '../../wire/grpc/server.ts';
import { ClientRequests } from './client-requests.ts';
import { madeOnce, type Counter, type Histogram, type MetricsRegistry } from './registry.ts';

/** The default buckets of Prometheus's client libraries, which go-grpc-prometheus uses. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface MethodCounters {
  readonly isUnary: boolean;
  readonly started: Counter;
  readonly received: Counter;
  readonly sent: Counter;
  /** Of calls that ended with a status. */
  ended(code: Parameters<CallObserver['ended']>[1]): Counter;
  readonly seconds: Histogram | undefined;
}

const TYPES: Readonly<Record<Streaming, string>> = {
  unary: 'unary',
  serverStream: 'server_stream',
  bidi: 'bidi_stream',
};

export function callCounters(registry: MetricsRegistry, isExtensive: boolean): CallObserver {
  const requests = new ClientRequests(registry);
  const byPath = new Map(
    Object.values(METHODS).map(({ path, streaming }) => [path, methodCounters(registry, path, streaming, isExtensive)]),
  );
  const add = (counter: Counter | undefined): void => {
    if (counter !== undefined) counter.value++;
  };
  return {
    started: (path, metadata) => {
      const method = byPath.get(path);
      if (method === undefined) return;
      method.started.value++;
      requests.count(method.isUnary, metadata);
    },
    received: (path) => add(byPath.get(path)?.received),
    sent: (path) => add(byPath.get(path)?.sent),
    ended: (path, code) => add(byPath.get(path)?.ended(code)),
    ...(isExtensive && { took: ({ path }: EndedCall, seconds: number) => byPath.get(path)?.seconds?.observe(seconds) }),
  };
}

function methodCounters(
  registry: MetricsRegistry,
  path: string,
  streaming: Streaming,
  isExtensive: boolean,
): MethodCounters {
  const [, service = '', method = ''] = path.split('/');
  const labels = { grpc_method: method, grpc_service: service, grpc_type: TYPES[streaming] };
  const counter = (name: string, help: string): Counter => registry.counter(name, help, labels);
  const ended: MethodCounters['ended'] = madeOnce((code) => {
    const help = 'Total number of RPCs completed on the server, regardless of success or failure.';
    return registry.counter('grpc_server_handled_total', help, { grpc_code: statusName(code), ...labels });
  });
  ended(0);
  return {
    isUnary: streaming === 'unary',
    seconds: isExtensive
      ? registry.histogram('grpc_server_handling_seconds', 'How long calls took on the server.', BUCKETS_S, labels)
      : undefined,
    started: counter('grpc_server_started_total', 'Total number of RPCs started on the server.'),
    received: counter('grpc_server_msg_received_total', 'Total number of RPC stream messages received on the server.'),
    sent: counter('grpc_server_msg_sent_total', 'Total number of gRPC stream messages sent by the server.'),
    ended,
  };
}

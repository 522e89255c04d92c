/**
 * Counters of gRPC calls, as go-grpc-prometheus exports them: made for every method at start, at zero. A path that is not
 * served has no method and is not counted.
 */
import { METHODS, type Streaming } from '../../core/api/index.ts';
import { statusName } from '../../wire/grpc/status.ts';
import type { CallObserver } from '../../wire/grpc/server.ts';
import type { Counter, MetricsRegistry } from './registry.ts';

interface MethodCounters {
  readonly started: Counter;
  readonly received: Counter;
  readonly sent: Counter;
  /** Of calls that ended with a status. */
  ended(code: Parameters<CallObserver['ended']>[1]): Counter;
}

const TYPES: Readonly<Record<Streaming, string>> = {
  unary: 'unary',
  serverStream: 'server_stream',
  bidi: 'bidi_stream',
};

export function callCounters(registry: MetricsRegistry): CallObserver {
  const byPath = new Map(
    Object.values(METHODS).map(({ path, streaming }) => [path, methodCounters(registry, path, TYPES[streaming])]),
  );
  const add = (counter: Counter | undefined): void => {
    if (counter !== undefined) counter.value++;
  };
  return {
    started: (path) => add(byPath.get(path)?.started),
    received: (path) => add(byPath.get(path)?.received),
    sent: (path) => add(byPath.get(path)?.sent),
    ended: (path, code) => add(byPath.get(path)?.ended(code)),
  };
}

function methodCounters(registry: MetricsRegistry, path: string, type: string): MethodCounters {
  const [, service = '', method = ''] = path.split('/');
  const labels = { grpc_method: method, grpc_service: service, grpc_type: type };
  const counter = (name: string, help: string): Counter => registry.counter(name, help, labels);
  const byCode = new Map<number, Counter>();
  const ended: MethodCounters['ended'] = (code) => {
    let known = byCode.get(code);
    if (known === undefined) {
      const help = 'Total number of RPCs completed on the server, regardless of success or failure.';
      known = registry.counter('grpc_server_handled_total', help, { grpc_code: statusName(code), ...labels });
      byCode.set(code, known);
    }
    return known;
  };
  ended(0);
  return {
    started: counter('grpc_server_started_total', 'Total number of RPCs started on the server.'),
    received: counter('grpc_server_msg_received_total', 'Total number of RPC stream messages received on the server.'),
    sent: counter('grpc_server_msg_sent_total', 'Total number of gRPC stream messages sent by the server.'),
    ended,
  };
}

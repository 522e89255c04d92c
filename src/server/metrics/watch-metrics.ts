/** What is told of watch streams and their like: events that wait to be sent, and streams that could not be read. */
import { madeOnce, type Counter, type MetricsRegistry } from './registry.ts';

/** The part of a call that says what of it waits for the socket. */
interface Outlet {
  readonly bufferedBytes: number;
}

export interface EventsOfStream {
  /** To be called before events are sent. */
  add(events: number): void;
  close(): void;
}

/** Events sent whose bytes the socket has not taken; of a stream all since nothing of it waited. */
export class PendingEvents {
  readonly #streams = new Set<() => number>();

  constructor(registry: MetricsRegistry) {
    registry.read(
      'etcd_debugging_mvcc_pending_events_total',
      'The number of events that wait to be sent.',
      'gauge',
      () => [...this.#streams].reduce((sum, pending) => sum + pending(), 0),
    );
  }

  open(outlet: Outlet): EventsOfStream {
    let sent = 0;
    const pending = (): number => (outlet.bufferedBytes === 0 ? 0 : sent);
    this.#streams.add(pending);
    return {
      add: (events) => {
        sent = pending() + events;
      },
      close: () => this.#streams.delete(pending),
    };
  }
}

/** Streams that ended because what came could not be read. A series begins with its first. */
export function receiveFailures(registry: MetricsRegistry): (api: 'watch' | 'lease-keepalive') => Counter {
  return madeOnce((API) =>
    registry.counter('etcd_network_server_stream_failures_total', 'Streams that failed on this member.', {
      API,
      Type: 'receive',
    }),
  );
}

/** What became of the checks of /livez and /readyz, by check. */
import type { Counter, Gauge, MetricsRegistry } from './registry.ts';

export class HealthCheckMetrics {
  readonly #registry: MetricsRegistry;
  readonly #results = new Map<string, Gauge>();
  readonly #counts = new Map<string, Counter>();

  constructor(registry: MetricsRegistry) {
    this.#registry = registry;
  }

  /** `type`: livez or readyz. A series begins with its first check. */
  count(type: string, name: string, isOk: boolean): void {
    const status = isOk ? 'success' : 'error';
    const result = made(this.#results, `${type} ${name}`, () =>
      this.#registry.gauge('etcd_server_healthcheck', 'The result of each kind of healthcheck.', { name, type }),
    );
    result.value = isOk ? 1 : 0;
    made(this.#counts, `${type} ${name} ${status}`, () =>
      this.#registry.counter('etcd_server_healthchecks_total', 'The total number of each kind of healthcheck.', {
        name,
        status,
        type,
      }),
    ).value++;
  }
}

function made<T>(known: Map<string, T>, key: string, make: () => T): T {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}

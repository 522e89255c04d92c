/** Requests by the version of etcd's API that the client says it speaks. */
import type { Metadata } from '../../wire/grpc/metadata.ts';
import { madeOnce, type Counter, type MetricsRegistry } from './registry.ts';

/** Clients may say anything: beyond so many versions the others are counted as unknown. */
const MAX_VERSIONS = 1000;

export class ClientRequests {
  readonly #versions = new Set<string>(['unknown']);
  readonly #unary: (version: string) => Counter;
  readonly #stream: (version: string) => Counter;

  constructor(registry: MetricsRegistry) {
    const counters = (type: string): ((version: string) => Counter) =>
      madeOnce((version) =>
        registry.counter('etcd_server_client_requests_total', 'Requests, by the version that their client speaks.', {
          client_api_version: version,
          type,
        }),
      );
    this.#unary = counters('unary');
    this.#stream = counters('stream');
  }

  count(isUnary: boolean, metadata: Metadata): void {
    const said = metadata.get('client-api-version') ?? 'unknown';
    if (this.#versions.size < MAX_VERSIONS) this.#versions.add(said);
    const version = this.#versions.has(said) ? said : 'unknown';
    (isUnary ? this.#unary : this.#stream)(version).value++;
  }
}

/** How long applied entries took, by what they ask for and whether it came about. */
import type { ApiError } from '../../core/api/index.ts';
import type { RaftRequestKind } from '../../wire/messages/index.ts';
import { exponentialBuckets, madeOnce, type Histogram, type MetricsRegistry } from './registry.ts';

/** Source: etcd server/etcdserver/metrics.go. */
const BUCKETS_S = exponentialBuckets(0.0001, 2, 20);

export class ApplyDurations {
  readonly #succeeded: (kind: string) => Histogram;
  readonly #failed: (kind: string) => Histogram;

  constructor(registry: MetricsRegistry) {
    const series = (success: string): ((kind: string) => Histogram) =>
      madeOnce((kind) => {
        const op = kind.charAt(0).toUpperCase() + kind.slice(1);
        const help = 'How long a request took to apply, by its kind and outcome.';
        return registry.histogram('etcd_server_apply_duration_seconds', help, BUCKETS_S, {
          op,
          success,
          version: 'v3',
        });
      });
    this.#succeeded = series('true');
    this.#failed = series('false');
  }

  /** To etcd what is compacted already is no failure. */
  observe(kind: RaftRequestKind, error: ApiError | undefined, seconds: number): void {
    const isFailed = error !== undefined && error.name !== 'compacted';
    (isFailed ? this.#failed : this.#succeeded)(kind).observe(seconds);
  }
}

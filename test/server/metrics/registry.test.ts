import { describe, expect, it } from 'vitest';
import { exponentialBuckets, MetricsRegistry } from '../../../src/server/metrics/registry.ts';

describe('MetricsRegistry', () => {
  it('exposes counters, gauges and cumulative buckets', () => {
    const registry = new MetricsRegistry();
    const counter = registry.counter('b_total', 'Counts.', { To: 'a"b\\' });
    counter.value += 2;
    const histogram = registry.histogram('a_seconds', 'Times.', exponentialBuckets(1, 2, 2));
    for (const value of [0.5, 1, 2, 3]) histogram.observe(value);
    expect(registry.expose()).toBe(
      [
        '# HELP a_seconds Times.',
        '# TYPE a_seconds histogram',
        'a_seconds_bucket{le="1"} 2',
        'a_seconds_bucket{le="2"} 3',
        'a_seconds_bucket{le="+Inf"} 4',
        'a_seconds_sum 6.5',
        'a_seconds_count 4',
        '# HELP b_total Counts.',
        '# TYPE b_total counter',
        'b_total{To="a\\"b\\\\"} 2',
        '',
      ].join('\n'),
    );
  });
});

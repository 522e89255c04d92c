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

  // A bucket's bound is text to those who read it: it must be spelled as etcd spells it.
  it.each([
    [0, '0'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.00012, '0.00012'],
    [0.00000256, '2.56e-06'],
    [524_288, '524288'],
    [1_000_000, '1e+06'],
    [1_048_576, '1.048576e+06'],
    [-1_048_576, '-1.048576e+06'],
    [1e100, '1e+100'],
    [Infinity, '+Inf'],
  ])('spells %d as Go does', (value, text) => {
    const registry = new MetricsRegistry();
    registry.gauge('a', 'A.').value = value;
    expect(registry.expose()).toContain(`\na ${text}\n`);
  });
});

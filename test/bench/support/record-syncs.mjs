/**
 * Preloaded into a member (`node --import`): keeps every duration that the member's own WAL fsync metric is given, because
 * the buckets of that metric are too coarse for a percentile, and writes them to SYNC_TRACE_DIR at the end.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MetricsRegistry } from '../../../dist/server/metrics/registry.js';

const METRIC = 'etcd_disk_wal_fsync_duration_seconds';
const makeHistogram = MetricsRegistry.prototype.histogram;

MetricsRegistry.prototype.histogram = function (name, ...rest) {
  const histogram = makeHistogram.call(this, name, ...rest);
  if (name !== METRIC) return histogram;
  const observe = histogram.observe.bind(histogram);
  const trace = [];
  histogram.observe = (seconds) => {
    trace.push(Date.now(), seconds * 1000);
    observe(seconds);
  };
  process.once('exit', () => {
    writeFileSync(
      join(process.env.SYNC_TRACE_DIR, `${process.pid}.f64`),
      new Uint8Array(Float64Array.from(trace).buffer),
    );
  });
  return histogram;
};

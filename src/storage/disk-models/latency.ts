/** Draws a latency in µs from a model. */
import type { Random } from '../../base/random.ts';
import { normalQuantile } from '../../core/stats/index.ts';
import type { LatencyModel, LognormalLatency, QuantilePoint } from './model.ts';

export function drawLatencyUs(model: LatencyModel, ratePerS: number, random: Random): number {
  if (model.kind === 'lognormal') return drawLognormal(model, random);
  const table = model.tables.find((one) => one.ratePerS >= ratePerS) ?? model.tables.at(-1);
  return table === undefined ? 0 : quantileAt(table.quantiles, random.float());
}

function drawLognormal({ medianUs, sigma, outliers }: LognormalLatency, random: Random): number {
  if (random.float() < outliers.share) {
    return (outliers.fromMs + (outliers.toMs - outliers.fromMs) * random.float()) * 1000;
  }
  return medianUs * Math.exp(sigma * normalQuantile(Math.max(random.float(), 1e-12)));
}

/** Between two points in logarithms: latencies spread by factors. */
function quantileAt(points: readonly QuantilePoint[], q: number): number {
  const above = points.findIndex((point) => point.q >= q);
  const high = points[above === -1 ? points.length - 1 : above];
  const low = points[Math.max(0, (above === -1 ? points.length : above) - 1)];
  if (high === undefined || low === undefined) return 0;
  if (high.q === low.q || low.us <= 0) return high.us;
  return low.us * (high.us / low.us) ** ((q - low.q) / (high.q - low.q));
}

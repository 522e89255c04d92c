/** Domains and ticks, chosen here and not by the drawing library, so that both widths of a chart agree. */

/** The least duration that a logarithmic axis shows: histograms count whole microseconds. */
export const LEAST_MS = 0.001;

/** Round bounds (1, 2 or 5 times a power of ten) around positive values. */
export function logDomain(values: readonly number[], always: readonly number[] = []): [number, number] {
  const positive = [...values, ...always].filter((value) => value > 0);
  const low = positive.length === 0 ? 1 : Math.max(LEAST_MS, Math.min(...positive));
  const high = positive.length === 0 ? 10 : Math.max(...positive, low);
  const domain: [number, number] = [roundDown(low), roundUp(high)];
  return domain[0] === domain[1] ? [domain[0], domain[1] * 10] : domain;
}

/** Ticks at 1, 2 and 5, or at powers of ten where that would be too many. */
export function logTicks([low, high]: readonly [number, number], most = 9): number[] {
  const all: number[] = [];
  for (let exponent = Math.floor(Math.log10(low) + 1e-9); exponent <= Math.log10(high) + 1e-9; exponent++) {
    for (const factor of [1, 2, 5]) all.push(tidy(factor * 10 ** exponent));
  }
  const within = all.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  if (within.length <= most) return within;
  return within.filter((tick) => Number.isInteger(tidy(Math.log10(tick))));
}

/** A round upper bound for a linear axis that starts at zero. */
export function linearTop(values: readonly number[]): number {
  const top = Math.max(1, ...values);
  const magnitude = 10 ** Math.floor(Math.log10(top));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * magnitude >= top * 1.02) ?? 10;
  return tidy(step * magnitude);
}

/** Vega's expression for a duration in ms on an axis. */
export const DURATION_LABEL =
  "datum.value < 1 ? format(datum.value * 1000, '~r') + ' µs' : datum.value < 1000 ? format(datum.value, '~r') + ' ms' : format(datum.value / 1000, '~r') + ' s'";

function roundDown(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const factor = [5, 2, 1].find((candidate) => candidate * magnitude <= value * 1.0001) ?? 1;
  return tidy(factor * magnitude);
}

function roundUp(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * magnitude >= value * 0.9999) ?? 10;
  return tidy(factor * magnitude);
}

/** Ten significant digits: a power of ten comes out as written. */
function tidy(value: number): number {
  return Number(value.toPrecision(10));
}

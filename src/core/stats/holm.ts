/**
 * Holm's step-down correction: the chance of even one false alarm over all metrics stays at alpha.
 *
 * Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
 */

/** Adjusted p-values in the order given; compare each with alpha. */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let running = 0;
  order.forEach((index, step) => {
    running = Math.max(running, Math.min(1, pValues[index]! * (pValues.length - step)));
    adjusted[index] = running;
  });
  return adjusted;
}

/**
 * The Mann–Whitney test that two samples come from one distribution, with the normal approximation and tie correction.
 *
 * Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947); Lehmann, "Nonparametrics" (1975), 1.4 for ties.
 */
import { normalCdf } from './special-functions.ts';

/** Two-sided p-value; 1 where either sample is empty or all values are equal. */
export function rankSumPValue(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const total = a.length + b.length;
  if (a.length === 0 || b.length === 0) return 1;
  const pooled = [
    ...Array.from(a, (value) => ({ value, first: true })),
    ...Array.from(b, (value) => ({ value, first: false })),
  ].sort((x, y) => x.value - y.value);
  let rankSum = 0;
  let ties = 0;
  for (let start = 0; start < total;) {
    let end = start;
    while (end < total && pooled[end]!.value === pooled[start]!.value) end++;
    const meanRank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) if (pooled[i]!.first) rankSum += meanRank;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const variance = ((a.length * b.length) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return 1;
  const z = (Math.abs(u - (a.length * b.length) / 2) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * (1 - normalCdf(Math.max(0, z))));
}

import type { Warning } from '../core/run/index.ts';

/** What a measurement says about its own limits, a line each. */
export function formatWarnings(warnings: readonly Warning[]): string {
  return warnings.map(({ code, text }) => `  note (${code}): ${text}\n`).join('');
}

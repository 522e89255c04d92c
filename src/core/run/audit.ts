import { z } from 'zod';
import { formatCount } from './figures.ts';

const count = z.int().nonnegative();

/** What the final audit found; any violation fails the run, however fast it was. */
export const AuditSchema = z.strictObject({
  acknowledgedWrites: count,
  lostWrites: count,
  doubledWrites: count,
  revisionRegressions: count,
  watchGaps: count,
  watchDisorders: count,
  /** One line each, the first few. */
  violations: z.array(z.string()),
});
export type Audit = z.infer<typeof AuditSchema>;

/** What was wrong, a line each: the violations in their own words, else the counts. Empty for a clean audit. */
export function wrongAnswers(audit: Audit): string[] {
  if (audit.violations.length > 0) return [...audit.violations];
  const counts: [number, string][] = [
    [audit.lostWrites, 'acknowledged writes lost'],
    [audit.doubledWrites, 'writes doubled'],
    [audit.revisionRegressions, 'revisions that went back'],
    [audit.watchGaps, 'gaps in watches'],
    [audit.watchDisorders, 'watch events out of order'],
  ];
  return counts.flatMap(([number, what]) => (number === 0 ? [] : `${formatCount(number)} ${what}`));
}

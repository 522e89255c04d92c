/**
 * Quantities as a profile writes them: a number and a unit, so that no reader has to guess. A unit that is not listed is
 * refused by name.
 */
import { z } from 'zod';

const NUMBER = '(?:\\d+(?:\\.\\d+)?|\\.\\d+)';

const DURATION_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const RATE_PER_S = { '/s': 1, '/min': 1 / 60, '/h': 1 / 3_600 } as const;
const SIZE_BYTES = {
  B: 1,
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1 << 10,
  MiB: 1 << 20,
  GiB: 1 << 30,
} as const;

/** `250ms`, `10s`, `5m`, `1h` → milliseconds. */
export const DurationSchema = quantity('duration', DURATION_MS, '10s');
/** `200/s`, `6/min`, `1/h` → a second. */
export const RateSchema = quantity('rate', RATE_PER_S, '200/s');
/** `870B`, `4KiB`, `1.5MiB`, `20kB` → bytes. */
export const SizeSchema = quantity('size', SIZE_BYTES, '4KiB');

function quantity(name: string, units: Readonly<Record<string, number>>, example: string) {
  const allowed = Object.keys(units);
  const whole = new RegExp(`^(${NUMBER})\\s*(.*)$`);
  return z
    .string({ error: `a ${name} is a text with a unit, such as "${example}"` })
    .meta({
      description: `A ${name}: a number and one of ${allowed.join(', ')}`,
      pattern: `^${NUMBER}\\s*(?:${allowed.join('|')})$`,
      examples: [example],
    })
    .transform((text, context) => {
      const match = whole.exec(text.trim());
      const unit = match?.[2] ?? '';
      const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
      if (match === null || factor === undefined) {
        const wrong = match === null ? `"${text}" is no ${name}` : `unknown unit "${unit}" in ${name} "${text}"`;
        context.addIssue({ code: 'custom', message: `${wrong}: write a number and one of ${allowed.join(', ')}` });
        return z.NEVER;
      }
      return Number(match[1]) * factor;
    });
}

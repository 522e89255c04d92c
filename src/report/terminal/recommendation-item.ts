import type { Recommendation } from '../../core/run/index.ts';
import { settingText } from '../view.ts';
import { printable, wrap } from './style.ts';
import type { Style } from './style.ts';

/** One setting and why, in two lines. */
export function recommendationItem(
  one: Recommendation,
  before: Recommendation | undefined,
  width: number,
  style: Style,
): string {
  const from = settingText(one.current, one.unit);
  const to = one.recommended === null ? '' : settingText(one.recommended, one.unit);
  const action = {
    change: `${from} → ${to}`,
    set: to,
    keep: `keep ${to}`,
    'cannot tell': 'cannot tell',
  }[one.answer];
  const why = one.settle ?? one.because[0]?.text ?? '';
  const head = `  ${one.setting.padEnd(26)}${style.bold(printable(action))}`;
  // What settles two settings is said once.
  const said = one.settle !== undefined && one.settle === before?.settle;
  return why === '' || said ? head : `${head}\n    ${style.dim(wrap(printable(why), width - 4, '    '))}`;
}

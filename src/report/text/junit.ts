import type { Run } from '../../core/run/index.ts';
import { viewOf } from '../view.ts';

/** JUnit XML: a test case for every question that the verdict rests on; what cannot be told is skipped, with the reason. */
export function renderJUnit(run: Run): string {
  const { judgement } = viewOf(run);
  const count = (verdict: string): number => judgement.reasons.filter((reason) => reason.verdict === verdict).length;
  const suite = [
    ['name', `etcdmark ${run.profile.name}`],
    ['tests', String(judgement.reasons.length)],
    ['failures', String(count('fail'))],
    ['skipped', String(count('inconclusive'))],
    ['errors', '0'],
    ['time', run.durationS.toFixed(3)],
    ['timestamp', run.startedAt.slice(0, 19)],
  ] as const;
  const cases = judgement.reasons.map(({ metric, verdict, text }) => {
    const open = `    <testcase ${attributes([
      ['classname', `etcdmark.${run.profile.name}`],
      ['name', metric],
      ['time', '0'],
    ])}`;
    if (verdict === 'pass') return `${open}/>`;
    const element = verdict === 'fail' ? 'failure' : 'skipped';
    return `${open}>\n      <${element} ${attributes([['message', text]])}/>\n    </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite ${attributes(suite)}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function attributes(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}="${escapeXml(value)}"`).join(' ');
}

/** XML 1.0 has no way to write most control characters. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\ufffe\uffff]/gu, (char) => ('\t\n\r'.includes(char) ? char : '\ufffd'))
    .replaceAll(/[&<>"'\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

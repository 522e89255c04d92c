import type { Run, Verdict } from '../../core/run/index.ts';
import { viewOf } from '../view.ts';

interface Case {
  readonly metric: string;
  readonly verdict: Verdict;
  readonly text: string;
}

/** The Run as JUnit XML: a test case for every question that the verdict rests on. */
export function renderJUnit(run: Run): string {
  const name = `etcdmark ${run.profile.name}`;
  const extra = [
    ['time', run.durationS.toFixed(3)],
    ['timestamp', run.startedAt.slice(0, 19)],
  ] as const;
  return junitSuite(name, `etcdmark.${run.profile.name}`, viewOf(run).judgement.reasons, extra);
}

/** A suite with a test case for each question; what cannot be told is skipped, with the reason. */
export function junitSuite(
  name: string,
  className: string,
  cases: readonly Case[],
  extra: readonly (readonly [string, string])[] = [],
): string {
  const count = (verdict: Verdict): string => String(cases.filter((one) => one.verdict === verdict).length);
  const suite = [
    ['name', name],
    ['tests', String(cases.length)],
    ['failures', count('fail')],
    ['skipped', count('inconclusive')],
    ['errors', '0'],
    ...extra,
  ] as const;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite ${attributes(suite)}>`,
    ...cases.map((one) => testCase(one, className)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ metric, verdict, text }: Case, className: string): string {
  const open = `    <testcase ${attributes([
    ['classname', className],
    ['name', metric],
    ['time', '0'],
  ])}`;
  if (verdict === 'pass') return `${open}/>`;
  const element = verdict === 'fail' ? 'failure' : 'skipped';
  return `${open}>\n      <${element} ${attributes([['message', text]])}/>\n    </testcase>`;
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

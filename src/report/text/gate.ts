import type { GateJudgement } from '../../core/gate/index.ts';
import { VERDICT_SIGN, VERDICT_WORD } from '../view.ts';
import { junitSuite } from './junit.ts';
import { escapeMarkdown } from './markdown.ts';

/** A gate's judgement in Markdown for a CI step summary. */
export function renderGateSummary(judgement: GateJudgement): string {
  const lines = judgement.results.map(({ verdict, text }) => `- ${VERDICT_SIGN[verdict]} ${escapeMarkdown(text)}`);
  const head = `## ${VERDICT_SIGN[judgement.verdict]} ${VERDICT_WORD[judgement.verdict]}: candidate against baseline`;
  return [head, '', ...lines, ''].join('\n');
}

/** A gate's judgement as JUnit XML, a test case for each metric. */
export function renderGateJUnit(judgement: GateJudgement): string {
  return junitSuite('etcdmark gate', 'etcdmark.gate', judgement.results);
}

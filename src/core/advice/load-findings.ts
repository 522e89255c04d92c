import { formatCount, formatShare, wrongAnswers } from '../run/index.ts';
import type { Finding } from '../run/index.ts';
import { findBottleneck } from './bottleneck.ts';
import { diskIsSlow, isBundled } from './evidence.ts';
import type { Case } from './evidence.ts';

/** What the load shows, and how far its figures carry. */

const OWN_RULE = 'etcdmark, measurement rules';

export function wrongness({ run }: Case): Finding[] {
  const wrong = run.audit === undefined ? [] : wrongAnswers(run.audit);
  if (wrong.length === 0) return [];
  return [
    {
      code: 'wrong-answers',
      severity: 'critical',
      title: 'The target answered wrongly',
      text: 'No figure of speed matters until this is understood.',
      because: wrong.map((text) => ({ text })),
      source: OWN_RULE,
    },
  ];
}

export function generatorLimits({ run }: Case): Finding[] {
  const { generator, total } = run;
  const found: Finding[] = [];
  if (generator.saturated) {
    found.push({
      code: 'generator-bound',
      severity: 'unknown',
      title: 'The load generator was the limit',
      text: 'The latencies and rates of this run are the generator’s own; they say nothing against the target.',
      because: generator.because ?? [],
      settle: 'Run the generator on a machine of its own, with more workers, or at a lower rate',
      source: OWN_RULE,
    });
  }
  if (total.skipped > 0) {
    const share = total.skipped / Math.max(1, total.scheduled);
    found.push({
      code: 'skipped-arrivals',
      severity: 'warning',
      title: 'Some requests were due but never sent',
      text: 'They count against the target’s completed share, and have no latency.',
      because: [
        {
          text: `${formatCount(total.skipped)} skipped, ${formatShare(share)} of all`,
          metric: 'total.skipped',
          value: total.skipped,
        },
      ],
      source: OWN_RULE,
    });
  }
  return found;
}

export function bottleneck(context: Case): Finding[] {
  const { run, thresholds } = context;
  if (run.total.scheduled === 0) return [];
  const { answer, because } = run.bottleneck ?? findBottleneck(run, thresholds);
  if (answer === 'generator') return [];
  const source = thresholds.dominantShare.source;
  if (answer === 'cannot tell') {
    return [
      {
        code: 'bottleneck-unknown',
        severity: 'unknown',
        title: 'What limits this load cannot be told',
        text: 'The load was not held, and the members’ own figures are missing.',
        because,
        settle: 'Let the members’ /metrics be read (--endpoints with their client certificates)',
        source,
      },
    ];
  }
  const none = answer === 'none';
  return [
    {
      code: `bottleneck-${answer.replace(' ', '-')}`,
      severity: none ? (diskIsSlow(context) ? 'info' : 'good') : 'warning',
      title: none
        ? 'Nothing was a bottleneck at this load'
        : `The bottleneck is the ${answer === 'cpu' ? 'processor' : answer}`,
      text: none ? 'The target held what was scheduled.' : 'It accounts for most of the time of the slowest requests.',
      because,
      source,
    },
  ];
}

export function requestErrors({ run }: Case): Finding[] {
  const { errors, scheduled, errorsByCode } = run.total;
  const found: Finding[] = [];
  if (errors > 0) {
    const codes = Object.entries(errorsByCode ?? {}).sort(([, a], [, b]) => b - a);
    found.push({
      code: 'request-errors',
      severity: 'warning',
      title: 'Some requests failed',
      text: `${formatCount(errors)} of ${formatCount(scheduled)} requests ended in an error.`,
      because: codes.map(([code, count]) => ({ text: `${code}: ${formatCount(count)}`, value: count })),
      source: OWN_RULE,
    });
  }
  const failed = run.server.proposalsFailed;
  if (failed !== null && failed > 0) {
    found.push({
      code: 'proposals-failed',
      severity: 'warning',
      title: 'Some proposals failed',
      text: 'Proposals fail when there is no leader, or no quorum, for as long as a request waits.',
      because: [{ text: `${formatCount(failed)} failed proposals`, metric: 'server.proposalsFailed', value: failed }],
      source: 'etcd’s published Prometheus alerts',
    });
  }
  return found;
}

export function steadiness({ run }: Case): Finding[] {
  if (run.steadyState?.reached !== false) return [];
  return [
    {
      code: 'no-steady-state',
      severity: 'unknown',
      title: 'The run never became steady',
      text: run.steadyState.text,
      because: [],
      settle: 'Run longer: --duration',
      source: 'Barrett and others, "Virtual machine warmup blows hot and cold" (2017)',
    },
  ];
}

export function bundled({ run }: Case): Finding[] {
  if (!isBundled(run)) return [];
  return [
    {
      code: 'bundled-target',
      severity: 'info',
      title: 'The load figures are of the bundled cluster, not of etcd',
      text: 'What the disk can do carries over to etcd on the same volume. Rates, latencies, processor and memory do not.',
      because: [
        { text: `Target: bundled cluster, ${run.target.members} ${run.target.members === 1 ? 'member' : 'members'}` },
      ],
      settle: 'Run it against etcd itself: --etcd /usr/bin/etcd, or --endpoints HOST:PORT',
      source: OWN_RULE,
    },
  ];
}

import type { Finding } from '../run/index.ts';
import { SEVERITIES } from '../run/index.ts';
import { diskBand, diskWarnings } from './disk-findings.ts';
import type { Case } from './evidence.ts';
import { bottleneck, bundled, generatorLimits, requestErrors, steadiness, wrongness } from './load-findings.ts';
import { backendCommit, databaseSize, leadership, network } from './member-findings.ts';

/** What the Run shows, the gravest first; equal ones keep the order in which they are looked for. */
export function findings(context: Case): Finding[] {
  const all = [
    ...wrongness(context),
    ...diskBand(context),
    ...diskWarnings(context),
    ...generatorLimits(context),
    ...bottleneck(context),
    ...backendCommit(context),
    ...leadership(context),
    ...requestErrors(context),
    ...databaseSize(context),
    ...network(context),
    ...steadiness(context),
    ...bundled(context),
  ];
  return SEVERITIES.flatMap((severity) => all.filter((finding) => finding.severity === severity));
}

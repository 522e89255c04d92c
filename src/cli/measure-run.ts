/** Drives one profile at a started target and makes the Run of it: measured once, judged and advised from itself. */
import type { Clock } from '../base/clock.ts';
import { runProfile, type Progress as BenchProgress, type RunProfileOptions } from '../bench/index.ts';
import type { Target } from '../cluster/index.ts';
import { advise } from '../core/advice/index.ts';
import { judge } from '../core/gate/index.ts';
import { RUN_SCHEMA_VERSION, type Facts, type Knee, type Probe, type Run } from '../core/run/index.ts';
import type { Profile } from '../core/workload/index.ts';
import { hostFacts } from '../platform/host.ts';

export interface MeasureRunOptions {
  readonly profile: Profile;
  readonly target: Target;
  readonly seed: number;
  readonly client: RunProfileOptions['client'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly command: string;
  readonly version: string;
  readonly facts: Facts;
  readonly disk?: Probe | undefined;
  readonly durationS?: number | undefined;
  readonly rateScale?: number | undefined;
  readonly workers?: number | undefined;
  readonly ceilingPerS?: number | undefined;
  /** The highest rate that held, where it was searched. */
  readonly knee?: Knee | undefined;
  readonly allowKubernetes?: boolean | undefined;
  readonly allowCompaction?: boolean | undefined;
  readonly prefix?: string | undefined;
  readonly leaveKeys?: boolean | undefined;
  readonly onProgress: (progress: BenchProgress) => void;
}

export async function measureRun(options: MeasureRunOptions): Promise<Run> {
  const { clock, disk, facts, knee, command, version, ...rest } = options;
  const startedAt = new Date(clock.wallMs()).toISOString();
  const parts = await runProfile({ ...rest, clock });
  // Neither the judgement nor the advice reads what it is to fill in.
  const run: Run = {
    schemaVersion: RUN_SCHEMA_VERSION,
    kind: 'run',
    id: `${startedAt.slice(0, 19).replaceAll(':', '-')}Z-${options.profile.name}-${options.seed}`,
    startedAt,
    command,
    environment: { etcdmark: version, ...hostFacts() },
    ...parts,
    ...(disk === undefined ? {} : { disk }),
    ...(knee === undefined ? {} : { knee }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    verdict: 'inconclusive',
    findings: [],
    recommendations: [],
  };
  return { ...run, ...advise(run, facts), verdict: judge(run).verdict };
}

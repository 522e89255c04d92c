/** What a run would send, for --dry-run. */
import type { SourceEstimate } from '../core/workload/index.ts';
import { estimateLoad, keyspaceOf } from '../core/workload/index.ts';
import { fittedProfile } from './run-profile.ts';
import type { RunProfileOptions } from './run-profile.ts';

export interface DryRun {
  readonly profile: string;
  readonly durationS: number;
  readonly preloadedKeys: number;
  readonly preloadedBytes: number;
  readonly watches: number;
  readonly sources: readonly SourceEstimate[];
  /** What is done to the members meanwhile; `atS` counts from the end of the warm-up. */
  readonly actions: readonly { readonly atS: number; readonly do: string; readonly forS: number }[];
}

export function dryRun(options: Pick<RunProfileOptions, 'profile' | 'durationS' | 'rateScale' | 'seed'>): DryRun {
  const profile = fittedProfile(options);
  const keyspace = keyspaceOf(profile, '/dry-run', options.seed);
  let preloadedKeys = 0;
  let preloadedBytes = 0;
  for (const { kind, values } of keyspace.objects) {
    preloadedKeys += kind.preload;
    for (let object = 0; object < kind.preload; object++) preloadedBytes += values.sizeOf(object, 0);
  }
  return {
    profile: profile.name,
    durationS: (profile.warmup + profile.phases.reduce((sum, phase) => sum + phase.duration, 0)) / 1_000,
    preloadedKeys,
    preloadedBytes,
    watches: profile.watches.reduce((sum, watch) => sum + watch.count, 0),
    sources: estimateLoad(profile, keyspace, options.seed),
    actions: profile.actions.map((action) => ({ atS: action.at / 1_000, do: action.do, forS: action.for / 1_000 })),
  };
}

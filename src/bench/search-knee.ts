/** The knee of a profile at a target: trials of the profile at multiples of its rates. */
import { OperationError } from '../base/errors.ts';
import type { Knee } from '../core/run/index.ts';
import { findKnee } from './knee.ts';
import type { Slo } from './knee.ts';
import { runProfile } from './run-profile.ts';
import type { RunProfileOptions } from './run-profile.ts';

export interface SearchKneeOptions extends Omit<RunProfileOptions, 'rateScale' | 'durationS'> {
  readonly slo: Slo;
  /** Measured time of each trial. */
  readonly trialS: number;
}

/** Rejects with OperationError when it is interrupted or the cluster breaks its word: no knee is worth that. */
export function searchKnee({ slo, trialS, ...options }: SearchKneeOptions): Promise<Knee> {
  return findKnee({
    slo,
    seed: options.seed,
    trial: async (scale) => {
      const { total, generator, audit, partial } = await runProfile({
        ...options,
        rateScale: scale,
        durationS: trialS,
      });
      if (partial) throw new OperationError('the search for the knee was cut short');
      if (audit !== undefined && audit.violations.length > 0) {
        throw new OperationError(`the cluster failed the audit at ${scale} times the rate: ${audit.violations[0]}`);
      }
      return { ratePerS: total.scheduled / trialS, total, saturated: generator.saturated };
    },
  });
}

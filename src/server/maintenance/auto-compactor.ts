/**
 * Auto-compaction, as pure bookkeeping over handed-in instants: at which revision to compact, if at all, now.
 *
 * Source of the rules: contract section 4.5 (etcd server/etcdserver/api/v3compactor).
 */

const HOUR_MS = 3_600_000;
/** A period is sampled ten times, so that "the revision of R ago" is known to a tenth of it. */
const SAMPLES_PER_PERIOD = 10;
const REVISION_MODE_INTERVAL_MS = 5 * 60_000;

export interface AutoCompactor {
  /** How often `tick` wants to be called. */
  readonly intervalMs: number;
  /** The revision to compact now, or undefined. Called on the leader only; others `reset`. */
  tick(nowMs: number, currentRevision: number): number | undefined;
  /** Forgets what was sampled: this member was not the leader. */
  reset(): void;
}

/** Keeps `retentionMs` of history: samples every min(R, 1 h)/10, compacts after R and then every min(R, 1 h). */
export function periodicCompactor(retentionMs: number): AutoCompactor {
  const periodMs = Math.min(retentionMs, HOUR_MS);
  const intervalMs = periodMs / SAMPLES_PER_PERIOD;
  let samples: { readonly atMs: number; readonly revision: number }[] = [];
  let lastCompactionMs: number | undefined;
  return {
    intervalMs,
    tick: (nowMs, currentRevision) => {
      samples.push({ atMs: nowMs, revision: currentRevision });
      const isTime = lastCompactionMs === undefined || nowMs - lastCompactionMs >= periodMs;
      const oldEnough = samples.filter((sample) => nowMs - sample.atMs >= retentionMs);
      const target = oldEnough.at(-1);
      if (!isTime || target === undefined) return undefined;
      lastCompactionMs = nowMs;
      samples = samples.slice(oldEnough.length);
      return target.revision;
    },
    reset: () => {
      samples = [];
      lastCompactionMs = undefined;
    },
  };
}

/** Keeps the last `revisions` revisions: looks every five minutes. */
export function revisionCompactor(revisions: number): AutoCompactor {
  return {
    intervalMs: REVISION_MODE_INTERVAL_MS,
    tick: (_nowMs, currentRevision) => (currentRevision > revisions ? currentRevision - revisions : undefined),
    reset: () => undefined,
  };
}

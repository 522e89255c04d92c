/** A model at work: pure, its time is handed in. One for each volume that is modelled. */
import type { Random } from '../../base/random.ts';
import { drawLatencyUs } from './latency.ts';
import type { DiskModel } from './model.ts';
import { tokenBucket } from './token-bucket.ts';

export interface ModelledVolume {
  readonly model: DiskModel;
  /** How long a sync of `bytes` written since the last one takes when it begins at `nowMs` (which never goes back). */
  nextSyncDelayMs(nowMs: number, bytes: number, random: Random): number;
  /** Credits left in each limit that has any. */
  credits(): number[];
}

/** This many bytes are part of the latency as measured. */
const FREE_BYTES = 8192;
/** The present rate is that of the last second, more or less. */
const RATE_MEMORY_MS = 1000;

export function modelledVolume(model: DiskModel): ModelledVolume {
  const limits = model.limits.map((limit) => ({ limit, bucket: tokenBucket(limit) }));
  let lastMs: number | undefined;
  let intervalMs = RATE_MEMORY_MS;
  const episodes = episodeSwitch(model);

  const ratePerS = (nowMs: number): number => {
    if (lastMs !== undefined) {
      const sinceMs = nowMs - lastMs;
      const weight = 1 - Math.exp(-sinceMs / RATE_MEMORY_MS);
      intervalMs += (sinceMs - intervalMs) * Math.max(weight, 0.01);
    }
    lastMs = nowMs;
    return 1000 / Math.max(intervalMs, 1e-3);
  };

  return {
    model,
    credits: () => limits.filter(({ limit }) => limit.credits > 0).map(({ bucket }) => bucket.credits),
    nextSyncDelayMs(nowMs, bytes, random) {
      const rate = ratePerS(nowMs);
      let atMs = nowMs;
      for (const { limit, bucket } of limits) {
        atMs = bucket.admit(atMs, limit.unit === 'writes' ? model.writesPerSync : bytes);
      }
      const latencyMs = drawLatencyUs(model.latency, rate, random) / 1000;
      const transferMs = (Math.max(0, bytes - FREE_BYTES) / model.bytesPerS) * 1000;
      return atMs - nowMs + latencyMs * episodes(nowMs, random) + transferMs;
    },
  };
}

/** The factor at an instant: exponential gaps and lengths around the model's means. */
function episodeSwitch({ episodes }: DiskModel): (nowMs: number, random: Random) => number {
  if (episodes === undefined) return () => 1;
  let inside = false;
  let untilMs: number | undefined;
  const draw = (meanS: number, random: Random): number => -Math.log(1 - random.float()) * meanS * 1000;
  return (nowMs, random) => {
    untilMs ??= nowMs + draw(episodes.everyS, random);
    while (nowMs >= untilMs) {
      inside = !inside;
      untilMs += draw(inside ? episodes.lengthS : episodes.everyS, random);
    }
    return inside ? episodes.factor : 1;
  };
}

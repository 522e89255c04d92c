/**
 * Advice: what a Run means, and which of etcd's settings to change, each with its evidence and its source.
 *
 * `advise(run, facts)` is pure and never claims more than was measured: without a measured peer round trip the timeouts
 * are 'cannot tell', with the flag that would settle them; figures of the bundled cluster say so; a slow disk is to be
 * repaired before any timeout is raised. Every limit stands in `thresholds.ts` and can be replaced.
 */
export { advise } from './advise.ts';
export type { Advice } from './advise.ts';
export { bandOf } from './band.ts';
export { farthestPeer, probeTimeouts } from './probe-timeouts.ts';
export type { FarthestPeer } from './probe-timeouts.ts';
export { findBottleneck } from './bottleneck.ts';
export { DEFAULT_THRESHOLDS } from './thresholds.ts';
export type { Limit, Thresholds } from './thresholds.ts';

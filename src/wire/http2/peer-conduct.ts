/** What a peer does that costs us more than it costs the peer, counted against the rates in the limits. */
import type { Clock } from '../../base/clock.ts';
import type { ConnectionLimits } from './limits.ts';
import { RateLimit } from './rate-limit.ts';

/** Every `count()` throws ConnectionError (EnhanceYourCalm) when there were too many. */
export class PeerConduct {
  readonly settings: RateLimit;
  readonly pings: RateLimit;
  readonly resets: RateLimit;
  readonly idleFrames: RateLimit;

  constructor(clock: Clock, limits: ConnectionLimits) {
    this.settings = new RateLimit(clock, limits.settingsRate, 'SETTINGS');
    this.pings = new RateLimit(clock, limits.pingRate, 'PINGs');
    this.resets = new RateLimit(clock, limits.resetRate, 'stream resets');
    this.idleFrames = new RateLimit(clock, limits.idleFrameRate, 'frames without effect');
  }
}

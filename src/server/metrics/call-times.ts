/**
 * What is told of gRPC calls: how many, how long each method's take where that is asked for, and in the log the unary ones
 * that took too long, under etcd's message and keys.
 */
import type { Clock } from '../../base/clock.ts';
import { METHODS } from '../../core/api/index.ts';
import type { EndedCall } from '../../wire/grpc/call.ts';
import type { CallObserver } from '../../wire/grpc/server.ts';
import type { Logger } from '../log.ts';
import { callCounters } from './call-counters.ts';
import type { MetricsRegistry } from './registry.ts';
import { requestText } from './request-text.ts';

export interface CallTimesOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: MetricsRegistry;
  readonly warningUnaryMs: number;
  readonly extensiveMetrics: boolean;
}

export function observeCalls(options: CallTimesOptions): CallObserver {
  const counters = callCounters(options.registry, options.extensiveMetrics);
  const unary = new Set(
    Object.values(METHODS)
      .filter(({ streaming }) => streaming === 'unary')
      .map(({ path }) => path),
  );
  const longestS = options.warningUnaryMs / 1000;
  return {
    ...counters,
    took: (call, seconds) => {
      counters.took?.(call, seconds);
      if (seconds > longestS && unary.has(call.path)) warn(options, call, seconds * 1000);
    },
  };
}

function warn({ clock, log }: CallTimesOptions, call: EndedCall, tookMs: number): void {
  log.warn('request stats', {
    'start time': new Date(clock.wallMs() - tookMs).toISOString(),
    'time spent': `${tookMs.toFixed(3)}ms`,
    remote: call.peer.remoteAddress,
    'response type': call.path,
    'request size': call.requestBytes,
    'response size': call.responseBytes,
    'request content': call.subject === undefined ? '' : requestText(call.subject),
  });
}

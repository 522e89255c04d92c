/** What became of the checks of /livez and /readyz, by check. */
import { madeOnce, type MetricsRegistry } from './registry.ts';

/** `type`: livez or readyz. */
export type CheckCounter = (type: string, name: string, isOk: boolean) => void;

/** A series begins with its first check. */
export function checkCounter(registry: MetricsRegistry): CheckCounter {
  const checks = madeOnce((type: string) =>
    madeOnce((name: string) => {
      const result = registry.gauge('etcd_server_healthcheck', 'The result of each kind of healthcheck.', {
        name,
        type,
      });
      const counts = madeOnce((status: string) =>
        registry.counter('etcd_server_healthchecks_total', 'The total number of each kind of healthcheck.', {
          name,
          status,
          type,
        }),
      );
      return (isOk: boolean): void => {
        result.value = Number(isOk);
        counts(isOk ? 'success' : 'error').value++;
      };
    }),
  );
  return (type, name, isOk) => checks(type)(name)(isOk);
}

/** Which feature gates are open. */
import type { FeatureState } from '../config/feature-gates.ts';
import type { MetricsRegistry } from './registry.ts';

export function exportFeatures(registry: MetricsRegistry, gates: readonly FeatureState[]): void {
  for (const { name, stage, isOpen } of gates) {
    registry.gauge('etcd_server_feature_enabled', '1 if the feature is enabled, 0 if not.', { name, stage }).value =
      Number(isOpen);
  }
}

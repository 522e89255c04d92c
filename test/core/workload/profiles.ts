/** Profiles for tests: the least that the schema takes. */
import { composeProfile, parseProfile } from '../../../src/core/workload/index.ts';
import type { Profile } from '../../../src/core/workload/index.ts';

export function profileOf(parts: Record<string, unknown>): Profile {
  const whole = {
    schemaVersion: 1,
    name: 'test',
    description: 'a test',
    phases: [{ name: 'hold', kind: 'hold', duration: '10s' }],
    ...parts,
  };
  return composeProfile(parseProfile(whole, 'test.yaml'), () => undefined);
}

export const PODS = { resource: 'pods', namespaces: 3, count: 100, size: '1KiB' };

export function constant(rate: string): { kind: string; rate: string } {
  return { kind: 'constant', rate };
}

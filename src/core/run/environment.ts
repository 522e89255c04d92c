import { z } from 'zod';

/** The machine that measured. */
export const EnvironmentSchema = z.strictObject({
  /** Version of this program. */
  etcdmark: z.string(),
  node: z.string(),
  /** Such as `Linux 6.1.0-18-amd64`. */
  kernel: z.string(),
  cpu: z.string(),
  cpuCount: z.int().positive().optional(),
  memoryBytes: z.number().nonnegative(),
  os: z.string().optional(),
  arch: z.string().optional(),
  virtualization: z.string().nullable().optional(),
  /** cgroup limits that bind tighter than the machine. */
  cpuLimit: z.number().positive().nullable().optional(),
  memoryLimitBytes: z.number().positive().nullable().optional(),
});
export type Environment = z.infer<typeof EnvironmentSchema>;

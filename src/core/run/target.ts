import { z } from 'zod';

const TARGET_KINDS = ['bundled', 'etcd', 'endpoints'] as const;

/** Settings of the target that advice may change; absent where they could not be read. */
const SettingsSchema = z.strictObject({
  heartbeatIntervalMs: z.number().positive().optional(),
  electionTimeoutMs: z.number().positive().optional(),
  /** The effective quota: etcd's 0 is told as 2 GiB. */
  quotaBackendBytes: z.number().nonnegative().optional(),
  autoCompactionMode: z.enum(['periodic', 'revision']).optional(),
  /** As the flag takes it: `1h`, `1000`, `0` for off. */
  autoCompactionRetention: z.string().optional(),
  snapshotCount: z.int().positive().optional(),
});
export type Settings = z.infer<typeof SettingsSchema>;

/** What was measured. Figures of the bundled cluster are not figures of etcd, and every reader is told so. */
export const TargetSchema = z.strictObject({
  kind: z.enum(TARGET_KINDS),
  version: z.string(),
  members: z.int().positive(),
  /** The modelled disk, where the disk was not the real one. */
  diskModel: z.string().optional(),
  /** True where the members share one machine, so that their round trip says nothing about a real network. */
  colocated: z.boolean().optional(),
  endpoints: z.array(z.string()).optional(),
  dataDirectory: z.string().optional(),
  settings: SettingsSchema.optional(),
  /** How many processors the members had together, where known: CPU figures are shares of it. */
  cpuCount: z.number().positive().optional(),
});
export type Target = z.infer<typeof TargetSchema>;

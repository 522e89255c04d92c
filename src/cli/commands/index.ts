/** Every command, in the order in which the help lists them. */
import type { Command } from '../program.ts';
import { adviseCommand } from './advise.ts';
import { assessCommand } from './assess.ts';
import { clusterCommand } from './cluster.ts';
import { probeCommand } from './probe.ts';
import { profilesCommand } from './profiles.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { serveSummary } from './serve.ts';

export const COMMANDS = [
  assessCommand,
  probeCommand,
  runCommand,
  profilesCommand,
  reportCommand,
  adviseCommand,
  clusterCommand,
  serveSummary,
] as unknown as readonly Command[];

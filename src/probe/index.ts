/**
 * Disk probes: is the volume under this path good enough for etcd, and how sure is that?
 *
 *   const probe = await runProbe({ path: '/var/lib/etcd' }, { clock: realClock(), random: seededRandom(1) });
 *   console.log(verdictLine(probe));
 *
 * `runProbe` gives a Probe as the Run document defines it: verdict with a confidence interval of the p99, facts about the
 * volume, and warnings about what the figures do not prove. It writes only inside a fresh hidden directory under the path,
 * which is gone afterwards; what a killed probe left is swept by the next.
 */
export { runProbe } from './run-probe.ts';
export { probedDirectory } from './scratch.ts';
export { runProbes } from './run-probes.ts';
export { parseFio, probeFromFio, runFio, type FioFigures } from './fio.ts';
export { parseAddress, probePeer, probePeers, type PeerProbeOptions, type PeerRtt } from './peers.ts';
export { historyKey, volumeHistory, type HistoryRow } from './history.ts';
export {
  isRecipe,
  RECIPES,
  type ProbeEnvironment,
  type ProbeOptions,
  type ProbeProgress,
  type Recipe,
} from './options.ts';
export { parseBudget, WAL_BUDGETS, BACKEND_BUDGET, type Budget } from './budgets.ts';
export { KUBERNETES_RECORD_SIZES, parseRecordSizes, type RecordSizes } from './load/record-sizes.ts';
export { NEIGHBOURS, type NeighbourName } from './load/load.ts';
export { breakingNeighbours } from './recipes/together.ts';
export { judgedLatency, judgedName, probeRows, probeTable, ranked, verdictLine } from './format.ts';
export { hostTree, recordFacts, volumeFacts, type RecordedTree, type VolumeFacts } from './facts/index.ts';

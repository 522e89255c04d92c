import { formatMs } from '../run/index.ts';
import type { Evidence, Recommendation, Settings } from '../run/index.ts';
import { RTT_SETTLE, diskFigure, peerRtt, roundUp } from './evidence.ts';
import type { Case, DiskFigure, KnownRtt } from './evidence.ts';
import type { Thresholds } from './thresholds.ts';

const HEARTBEAT = { setting: 'heartbeat-interval', flag: '--heartbeat-interval', unit: 'ms' } as const;
const ELECTION = { setting: 'election-timeout', flag: '--election-timeout', unit: 'ms' } as const;

/** What the timeouts depend on, whether it comes from a Run or from a probe. */
export interface TimeoutCase {
  readonly settings: Settings;
  readonly measured: KnownRtt | undefined;
  /** Why no round trip is known. */
  readonly unknown: string;
  readonly disk: DiskFigure | undefined;
  readonly thresholds: Thresholds;
}

/** Heartbeat and election timeout, which only a measured peer round trip can settle. */
export function timeouts(context: Case): Recommendation[] {
  const { run, thresholds } = context;
  const settings = run.target.settings ?? {};
  const unknown = noRttReason(context);
  return timeoutsFor({ settings, measured: peerRtt(context), unknown, disk: diskFigure(context), thresholds });
}

export function timeoutsFor(context: TimeoutCase): Recommendation[] {
  const { settings, measured, thresholds } = context;
  const currentHeartbeat = settings.heartbeatIntervalMs ?? null;
  const currentElection = settings.electionTimeoutMs ?? null;
  const source = thresholds.heartbeatPerRttMax.source;
  const heartbeat = { ...HEARTBEAT, current: currentHeartbeat, source };
  const election = { ...ELECTION, current: currentElection, source };
  const disk = diskFirst(context.disk);
  if (measured === undefined) {
    const because: Evidence[] = [{ text: context.unknown }, ...disk];
    const unknown = { answer: 'cannot tell', recommended: null, settle: RTT_SETTLE, because } as const;
    return [
      { ...heartbeat, ...unknown },
      { ...election, ...unknown },
    ];
  }
  const heartbeatMs = recommendHeartbeat(currentHeartbeat, measured.rtt.meanMs, context);
  const because = [measured.evidence, ...disk];
  const electionMs = recommendElection(currentElection, heartbeatMs, measured.rtt.meanMs, context);
  return [
    { ...heartbeat, ...answer(currentHeartbeat, heartbeatMs), because },
    {
      ...election,
      ...answer(currentElection, electionMs),
      because: [...because, { text: `Heartbeat interval of ${formatMs(heartbeatMs)}` }],
      cost: `A dead leader is noticed only after ${formatMs(electionMs)} to ${formatMs(2 * electionMs)}; until then no write succeeds`,
    },
  ];
}

/** The present value where it stands in the documented range, else the round trip, and never under the default. */
function recommendHeartbeat(current: number | null, rttMs: number, { thresholds }: TimeoutCase): number {
  const least = thresholds.heartbeatDefault.value;
  const low = rttMs * thresholds.heartbeatPerRttMin.value;
  const high = Math.max(least, rttMs * thresholds.heartbeatPerRttMax.value);
  if (current !== null && current >= low && current <= high) {
    return current;
  }
  return Math.max(least, roundUp(rttMs, 10));
}

/** The least that round trip and heartbeat ask for; a longer one that is already set is kept, it is somebody's choice. */
function recommendElection(
  current: number | null,
  heartbeatMs: number,
  rttMs: number,
  { thresholds }: TimeoutCase,
): number {
  const least = Math.max(
    thresholds.electionDefault.value,
    roundUp(rttMs * thresholds.electionPerRtt.value, 100),
    roundUp(heartbeatMs * thresholds.electionPerHeartbeat.value, 100),
  );
  const most = thresholds.electionMax.value;
  if (current !== null && current >= least && current <= most) return current;
  return Math.min(least, most);
}

function answer(current: number | null, recommended: number): Pick<Recommendation, 'answer' | 'recommended'> {
  if (current === null) return { answer: 'set', recommended };
  return { answer: current === recommended ? 'keep' : 'change', recommended };
}

function noRttReason({ run }: Case): string {
  if (run.target.members === 1) return 'One member has no peers: nothing here says how far apart the members will be';
  if (run.target.kind !== 'endpoints' || run.target.colocated === true) {
    return 'The members share this machine, so their round trip is a loopback’s and says nothing of a network';
  }
  return 'No peer round trip was measured';
}

/** Longer timeouts hide a slow disk: say so before anybody reaches for them. */
function diskFirst(disk: DiskFigure | undefined): Evidence[] {
  if (disk === undefined || disk.band === 'healthy') return [];
  return [
    disk.evidence,
    { text: 'Repair the disk first: longer timeouts hide a slow disk and make every failover slower' },
  ];
}

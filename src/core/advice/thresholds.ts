/** Every limit that advice uses: its value, its unit and who says so. Replace any of them through `advise`'s options. */

export interface Limit {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

const ETCD_TUNING = 'etcd documentation, "Tuning"';
const ETCD_HARDWARE = 'etcd documentation, "Hardware recommendations" and FAQ';
const ETCD_MIXIN = 'etcd’s published Prometheus alerts';
const FIELD_BANDS = 'field practice for etcd operators (bands at 10, 50 and 100 ms)';

const GIB = 1_073_741_824;

export const DEFAULT_THRESHOLDS = {
  walFsyncHealthyP99: { value: 10, unit: 'ms', source: ETCD_HARDWARE },
  walFsyncDegradedP99: { value: 50, unit: 'ms', source: FIELD_BANDS },
  walFsyncCriticalP99: { value: 100, unit: 'ms', source: FIELD_BANDS },
  backendCommitP99: { value: 25, unit: 'ms', source: ETCD_HARDWARE },
  peerRttP99: { value: 50, unit: 'ms', source: 'OpenShift 4.20 documentation, "etcd practices"' },

  heartbeatPerRttMin: { value: 0.5, unit: '× round trip', source: ETCD_TUNING },
  heartbeatPerRttMax: { value: 1.5, unit: '× round trip', source: ETCD_TUNING },
  heartbeatDefault: { value: 100, unit: 'ms', source: ETCD_TUNING },
  electionPerRtt: { value: 10, unit: '× round trip', source: ETCD_TUNING },
  electionPerHeartbeat: { value: 5, unit: '× heartbeat', source: 'etcd documentation, FAQ' },
  electionDefault: { value: 1000, unit: 'ms', source: ETCD_TUNING },
  electionMax: { value: 50_000, unit: 'ms', source: ETCD_TUNING },

  quotaDefault: { value: 2 * GIB, unit: 'bytes', source: 'etcd documentation, "System limits"' },
  quotaMost: { value: 8 * GIB, unit: 'bytes', source: 'etcd documentation, "System limits"' },
  quotaFullShare: { value: 0.8, unit: 'of the quota', source: 'field practice: alert at 80 % of the quota' },
  fragmentedShare: { value: 0.5, unit: 'in use', source: ETCD_MIXIN },
  fragmentedAbove: { value: 104_857_600, unit: 'bytes', source: ETCD_MIXIN },

  apiserverCompaction: { value: 300, unit: 's', source: 'kube-apiserver, --etcd-compaction-interval' },
  retentionDefault: { value: 3600, unit: 's', source: 'etcd documentation, "Maintenance"' },
  retentionLeast: { value: 300, unit: 's', source: 'kube-apiserver, --etcd-compaction-interval' },

  snapshotCount: { value: 10_000, unit: 'entries', source: 'etcd 3.6 changelog (100,000 before)' },
  snapshotIntervalMin: {
    value: 10,
    unit: 's',
    source: 'assumed: a snapshot more often than that is work without gain',
  },

  dominantShare: { value: 0.5, unit: 'of the response p99', source: 'assumed: the larger half names the cause' },
  cpuBusy: { value: 90, unit: '% of its processors', source: 'assumed: above it queues grow without bound' },
  cpuDenied: { value: 30, unit: '% of the time', source: 'assumed: then the tail is made of such waits' },
  heldShare: { value: 0.99, unit: 'of the scheduled requests', source: 'assumed: the load was held' },
} satisfies Record<string, Limit>;

export type Thresholds = { readonly [Name in keyof typeof DEFAULT_THRESHOLDS]: Limit };

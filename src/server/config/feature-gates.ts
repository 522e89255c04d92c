/** etcd's --feature-gates: `Name=true,Other=false`. A gate that this server does not have is refused by name. */
import { OperationError } from '../../base/errors.ts';
import { parseFlag } from './values.ts';

/** Gates of etcd v3.6 and v3.7 (server/features), and why one cannot be opened here; undefined where it can. */
const GATES: Readonly<Record<string, string | undefined>> = {
  InitialCorruptCheck: undefined,
  // Says how reads of etcd's backend are buffered; there is no such buffer here, so both settings hold.
  TxnModeWriteWithSharedBuffer: undefined,
  StopGRPCServiceOnDefrag: 'a defragmentation keeps nobody from being served',
  CompactHashCheck: 'hashes are compared by --corrupt-check-time',
  LeaseCheckpoint: undefined,
  LeaseCheckpointPersist: undefined,
  SetMemberLocalAddr: 'peers are dialled from the address that the system chooses',
  PriorityRequest: 'requests have no priorities',
  FastLeaseKeepAlive: 'keep-alives are not delayed by the apply queue anyway',
};

/** Those that etcd v3.6 has, as its metrics tell them. */
const STAGES: Readonly<Record<string, 'ALPHA' | 'BETA'>> = {
  CompactHashCheck: 'ALPHA',
  InitialCorruptCheck: 'ALPHA',
  LeaseCheckpoint: 'ALPHA',
  LeaseCheckpointPersist: 'ALPHA',
  SetMemberLocalAddr: 'ALPHA',
  StopGRPCServiceOnDefrag: 'ALPHA',
  TxnModeWriteWithSharedBuffer: 'BETA',
};

export interface FeatureState {
  readonly name: string;
  readonly stage: string;
  readonly isOpen: boolean;
}

export interface Features {
  /** Compare the data with the peers' before the member serves. */
  readonly initialCorruptCheck: boolean;
  /** The leader records through the log how much of a long lease is left. What is recorded outlives a restart, as in a cluster of 3.6. */
  readonly leaseCheckpoints: boolean;
  /** Every gate of etcd v3.6. */
  readonly gates: readonly FeatureState[];
}

/** `flags`: whether each of the experimental flags that the gates took the place of is set. Throws OperationError. */
export function openFeatures(
  gates: string,
  flags: Omit<Features, 'gates'> & { readonly leaseCheckpointPersist: boolean },
): Features {
  const open = readGates(gates);
  const initialCorruptCheck = open.get('InitialCorruptCheck') ?? flags.initialCorruptCheck;
  const leaseCheckpoints = open.get('LeaseCheckpoint') ?? flags.leaseCheckpoints;
  const leaseCheckpointPersist = open.get('LeaseCheckpointPersist') ?? flags.leaseCheckpointPersist;
  if (leaseCheckpointPersist && !leaseCheckpoints) {
    throw new OperationError(
      'enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint',
    );
  }
  const states: Readonly<Record<string, boolean>> = {
    InitialCorruptCheck: initialCorruptCheck,
    LeaseCheckpoint: leaseCheckpoints,
    LeaseCheckpointPersist: leaseCheckpointPersist,
    TxnModeWriteWithSharedBuffer: open.get('TxnModeWriteWithSharedBuffer') ?? true,
  };
  return {
    initialCorruptCheck,
    leaseCheckpoints,
    gates: Object.entries(STAGES).map(([name, stage]) => ({ name, stage, isOpen: states[name] ?? false })),
  };
}

function readGates(text: string): ReadonlyMap<string, boolean> {
  const gates = new Map<string, boolean>();
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const [name = '', setting] = part.split('=').map((piece) => piece.trim());
    if (!Object.hasOwn(GATES, name)) throw new OperationError(`--feature-gates: unrecognized feature gate: ${name}`);
    if (setting === undefined) throw new OperationError(`--feature-gates: missing bool value for ${name}`);
    const isOpen = parseFlag(`feature-gates ${name}`, setting);
    const reason = GATES[name];
    if (isOpen && reason !== undefined)
      throw new OperationError(`--feature-gates: ${name} is not supported: ${reason}`);
    gates.set(name, isOpen);
  }
  return gates;
}

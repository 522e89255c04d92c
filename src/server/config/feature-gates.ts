/** etcd's --feature-gates: `Name=true,Other=false`. A gate that this server does not have is refused by name. */
import { OperationError } from '../../base/errors.ts';
import { parseFlag } from './values.ts';

interface Gate {
  /** As the metrics of etcd v3.6 tell it; absent for a gate that v3.6 does not have. */
  readonly stage?: 'ALPHA' | 'BETA';
  /** Why it cannot be opened here; absent where it can. */
  readonly refused?: string;
}

/** Gates of etcd v3.6 and v3.7. Source: server/features. */
const GATES: Readonly<Record<string, Gate>> = {
  CompactHashCheck: { stage: 'ALPHA', refused: 'hashes are compared by --corrupt-check-time' },
  InitialCorruptCheck: { stage: 'ALPHA' },
  LeaseCheckpoint: { stage: 'ALPHA' },
  LeaseCheckpointPersist: { stage: 'ALPHA' },
  SetMemberLocalAddr: { stage: 'ALPHA', refused: 'peers are dialled from the address that the system chooses' },
  StopGRPCServiceOnDefrag: { stage: 'ALPHA', refused: 'a defragmentation keeps nobody from being served' },
  // Says how reads of etcd's backend are buffered; there is no such buffer here, so both settings hold.
  TxnModeWriteWithSharedBuffer: { stage: 'BETA' },
  PriorityRequest: { refused: 'requests have no priorities' },
  FastLeaseKeepAlive: { refused: 'keep-alives are not delayed by the apply queue anyway' },
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
    gates: Object.entries(GATES).flatMap(([name, { stage }]) =>
      stage === undefined ? [] : { name, stage, isOpen: states[name] ?? false },
    ),
  };
}

function readGates(text: string): ReadonlyMap<string, boolean> {
  const gates = new Map<string, boolean>();
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const [name = '', setting] = part.split('=').map((piece) => piece.trim());
    if (!Object.hasOwn(GATES, name)) throw new OperationError(`--feature-gates: unrecognized feature gate: ${name}`);
    if (setting === undefined) throw new OperationError(`--feature-gates: missing bool value for ${name}`);
    const isOpen = parseFlag(`feature-gates ${name}`, setting);
    const reason = GATES[name]?.refused;
    if (isOpen && reason !== undefined)
      throw new OperationError(`--feature-gates: ${name} is not supported: ${reason}`);
    gates.set(name, isOpen);
  }
  return gates;
}

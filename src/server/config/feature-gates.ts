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

export interface Features {
  /** Compare the data with the peers' before the member serves. */
  readonly initialCorruptCheck: boolean;
  /** The leader records through the log how much of a long lease is left. What is recorded outlives a restart, as in a cluster of 3.6. */
  readonly leaseCheckpoints: boolean;
}

/** `flags`: whether each of the experimental flags that the gates took the place of is set. Throws OperationError. */
export function openFeatures(gates: string, flags: Features & { readonly leaseCheckpointPersist: boolean }): Features {
  const open = readGates(gates);
  const leaseCheckpoints = open.get('LeaseCheckpoint') ?? flags.leaseCheckpoints;
  if ((open.get('LeaseCheckpointPersist') ?? flags.leaseCheckpointPersist) && !leaseCheckpoints) {
    throw new OperationError(
      'enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint',
    );
  }
  return { initialCorruptCheck: open.get('InitialCorruptCheck') ?? flags.initialCorruptCheck, leaseCheckpoints };
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

/**
 * What a run must not do to a cluster that somebody else needs: write where something is, load a cluster that holds
 * Kubernetes without having been told to, go on when the cluster is in trouble.
 */
import type { ByteString } from '../base/bytes.ts';
import { prefixEnd } from '../base/bytes.ts';
import { OperationError, UsageError } from '../base/errors.ts';
import type { Target } from '../cluster/index.ts';
import type { ControlClient } from '../client/control/index.ts';
import { AlarmType } from '../core/api/index.ts';
import type { Reading } from './metrics/reading.ts';

const KUBERNETES: ByteString = '/registry/';

/** Throws when the run must not begin. */
export async function assertSafe(
  control: ControlClient,
  target: Target,
  prefix: ByteString,
  allowKubernetes: boolean,
): Promise<void> {
  const own = await control.range({ key: `${prefix}/`, rangeEnd: prefixEnd(`${prefix}/`), limit: 1 });
  if (own.count > 0) {
    throw new OperationError(
      `${prefix}/ holds ${own.count} keys already: choose another --prefix, or delete them (etcdctl del --prefix ${prefix}/)`,
    );
  }
  if (target.kind !== 'endpoints') return;
  const registry = await control.range({ key: KUBERNETES, rangeEnd: prefixEnd(KUBERNETES), countOnly: true });
  if (registry.count > 0 && !allowKubernetes) {
    throw new UsageError(
      `this cluster holds ${registry.count} keys under ${KUBERNETES}: a load would slow Kubernetes down; ` +
        'give --allow-kubernetes if that is meant',
    );
  }
  const alarms = await control.alarm({});
  if (alarms.alarms.length > 0) {
    const names = alarms.alarms.map(({ alarm }) => (alarm === AlarmType.NOSPACE ? 'NOSPACE' : 'CORRUPT'));
    throw new OperationError(`this cluster has raised ${names.join(', ')}: settle that before loading it`);
  }
}

/** A cluster's database may fill up to here of its quota before a run stops by itself. Source: assumed, room for what is under way. */
const MOST_OF_QUOTA = 0.8;

/** Why a run on somebody else's cluster must stop now; undefined: it may go on. */
export function troubleIn(first: readonly Reading[], latest: readonly Reading[]): string | undefined {
  for (const now of latest) {
    const { dbSizeBytes, quotaBytes, hasLeader, leaderChanges } = now.values;
    if (
      dbSizeBytes !== undefined &&
      quotaBytes !== undefined &&
      quotaBytes > 0 &&
      dbSizeBytes > MOST_OF_QUOTA * quotaBytes
    ) {
      const percent = Math.round((100 * dbSizeBytes) / quotaBytes);
      return `${now.member}: its database has reached ${percent} % of its quota`;
    }
    if (hasLeader === 0) return `${now.member}: it has no leader`;
    const before = first.find((reading) => reading.member === now.member)?.values.leaderChanges;
    if (leaderChanges !== undefined && before !== undefined && leaderChanges > before) {
      return `${now.member}: it saw a change of leader that this run did not order`;
    }
  }
  return undefined;
}

/** This long without an answer of any member, and there is nothing left to measure. Source: assumed, as a request's time-out. */
const SILENT_MS = 5_000;

/** That no member answers any more; undefined where one does, or where none ever did. */
export function silenceOf(latest: readonly Reading[], nowMs: number): string | undefined {
  const lastMs = Math.max(...latest.map(({ atMs }) => atMs));
  if (latest.length === 0 || nowMs - lastMs < SILENT_MS) return undefined;
  return `no member has answered for ${Math.round((nowMs - lastMs) / 1_000)} s`;
}

/** An alarm among the errors that a member's Status tells (it also tells there that it has no leader). */
export function alarmIn(errors: readonly string[]): string | undefined {
  const alarm = ['NOSPACE', 'CORRUPT'].find((name) => errors.some((error) => error.includes(name)));
  return alarm === undefined ? undefined : `the cluster has raised ${alarm}`;
}

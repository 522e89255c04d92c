/** The round trip between members, which heartbeat advice rests on: told by the user, or measured from here. */
import type { Argv } from 'yargs';
import { UsageError } from '../base/errors.ts';
import { farthestPeer } from '../core/advice/index.ts';
import type { Facts } from '../core/run/index.ts';
import { realClock } from '../platform/clock.ts';
import { probePeers } from '../probe/index.ts';
import { positive } from './options.ts';

export interface PeerArguments {
  readonly peerRttMs: number | undefined;
  readonly peer: string[] | undefined;
}

export function peerOptions<T>(args: Argv<T>): Argv<T & PeerArguments> {
  return args
    .option('peer-rtt-ms', {
      type: 'number',
      describe: 'Round trip between the members of the planned cluster, if you know it',
    })
    .option('peer', {
      type: 'string',
      array: true,
      describe: 'host:port of another member: measure the round trip from here',
    }) as unknown as Argv<T & PeerArguments>;
}

/**
 * The farthest of the peers, or what was told; nothing where neither was given. Throws UsageError where both were, or where
 * all peers are on this machine; OperationError where one does not answer.
 */
export async function peerFacts(args: PeerArguments, signal: AbortSignal): Promise<Facts> {
  const meanMs = positive('peer-rtt-ms', args.peerRttMs);
  const addresses = args.peer ?? [];
  if (meanMs !== undefined && addresses.length > 0)
    throw new UsageError('--peer-rtt-ms and --peer: give one; the one tells what the other measures');
  if (meanMs !== undefined) return { peerRtt: { meanMs, source: 'flag' } };
  if (addresses.length === 0) return {};
  const farthest = farthestPeer(await probePeers(addresses, realClock(), signal));
  if (farthest === undefined) {
    throw new UsageError(
      `--peer ${addresses.join(' ')}: a loopback’s round trip says nothing of a network; name another machine`,
    );
  }
  return { peerRtt: farthest.rtt };
}

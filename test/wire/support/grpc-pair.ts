/** Our client and our server joined in memory, or our client and a server played by the test. */
import type { ManualClock as Clock } from '../../support/manual-clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ClientPool, GrpcServer } from '../../../src/wire/index.ts';
import type { GrpcError, PoolOptions, PreparedMethod, ServerOptions } from '../../../src/wire/index.ts';
import type { CallOptions, OutgoingMessage } from '../../../src/wire/index.ts';
import type { MemoryOptions } from '../../../src/wire/transport/memory-duplex.ts';
import { MemoryNetwork } from './memory-network.ts';
import { RawPeer } from './raw-peer.ts';
import { SETTINGS } from './frames.ts';

export interface PairOptions {
  readonly server?: Partial<ServerOptions>;
  readonly pool?: Partial<PoolOptions>;
  readonly memory?: MemoryOptions;
}

export interface GrpcPair {
  readonly clock: Clock;
  readonly server: GrpcServer;
  readonly pool: ClientPool;
  readonly network: MemoryNetwork;
}

const ENDPOINT = { host: 'memory', port: 1 };

export function grpcPair(options: PairOptions = {}): GrpcPair {
  const clock = new ManualClock();
  const server = new GrpcServer({ clock, ...options.server });
  server.unary('/t.T/Echo', (call) => call.respond(call.request));
  const network = new MemoryNetwork(
    clock,
    (duplex) => server.serve(duplex, { remoteAddress: 'memory', encrypted: false }),
    options.memory,
  );
  const pool = new ClientPool({
    endpoints: [ENDPOINT],
    connections: 1,
    clock,
    network,
    random: seededRandom(1),
    ...options.pool,
  });
  clock.settle();
  return { clock, server, pool, network };
}

export interface RawPair {
  readonly clock: Clock;
  readonly pool: ClientPool;
  readonly network: MemoryNetwork;
  /** The servers of the connections made so far, each of which has said hello unless told not to. */
  readonly servers: RawPeer[];
}

/** Our client, and the test as its server. */
export function rawClient(pool: Partial<PoolOptions> = {}, hello: Buffer = SETTINGS): RawPair {
  const clock = new ManualClock();
  const servers: RawPeer[] = [];
  const network = new MemoryNetwork(clock, (duplex) => {
    const server = new PrefacedPeer(duplex, clock);
    servers.push(server);
    clock.soon(() => {
      if (hello.length > 0) duplex.write(hello);
    });
  });
  const client = new ClientPool({
    endpoints: [ENDPOINT],
    connections: 1,
    clock,
    network,
    random: seededRandom(1),
    ...pool,
  });
  clock.settle();
  return { clock, pool: client, network, servers };
}

/** A raw peer of a client, whose first bytes are the preface. */
class PrefacedPeer extends RawPeer {
  private prefaceLeft = 24;

  override onData(chunk: Uint8Array): void {
    const skipped = Math.min(this.prefaceLeft, chunk.length);
    this.prefaceLeft -= skipped;
    super.onData(chunk.subarray(skipped));
  }
}

/** How a call went, filled in when it ends; the response is copied. */
export interface Outcome {
  calls: number;
  error: GrpcError | undefined;
  response: Buffer | undefined;
}

export function unary(
  pool: ClientPool,
  method: PreparedMethod,
  message: OutgoingMessage,
  options?: CallOptions,
): Outcome {
  const outcome: Outcome = { calls: 0, error: undefined, response: undefined };
  pool.unary(method, message, options, (error, response) => {
    outcome.calls++;
    outcome.error = error;
    outcome.response = Buffer.from(response);
  });
  return outcome;
}

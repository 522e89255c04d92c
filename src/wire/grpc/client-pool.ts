/**
 * A fixed number of connections to a set of endpoints, each kept up by itself: dialled at once, dialled again after a
 * growing pause when it is lost, replaced when its server goes away.
 *
 * A call goes to the connection it names, or else to the next one in turn that is up. One that finds no connection up
 * or on its way up fails at once with Unavailable; none is ever sent twice.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import type { Address, Network } from '../../base/network.ts';
import { seededRandom } from '../../base/random.ts';
import type { Random } from '../../base/random.ts';
import { DEFAULT_LIMITS } from '../http2/limits.ts';
import type { ConnectionLimits } from '../http2/limits.ts';
import { Backoff, DEFAULT_BACKOFF } from './backoff.ts';
import type { BackoffOptions } from './backoff.ts';
import { CallbackCall, StreamingClientCall } from './client-call.ts';
import { ClientConnection } from './client-connection.ts';
import type {
  CallOptions,
  Cancellable,
  ClientStream,
  OutgoingMessage,
  StreamHandlers,
  UnaryDone,
} from './client-types.ts';
import { Deadlines } from './deadlines.ts';
import type { PreparedMethod } from './prepared-method.ts';
import { GrpcError, StatusCode } from './status.ts';

export interface PoolOptions {
  /** Connection i goes to endpoint i modulo their number. */
  readonly endpoints: readonly Address[];
  readonly connections: number;
  readonly clock: Clock;
  readonly network: Pick<Network, 'connect'>;
  /** What the connections are: `:scheme` says so to the server. */
  readonly secure?: boolean;
  readonly limits?: Partial<ConnectionLimits>;
  readonly backoff?: Partial<BackoffOptions>;
  readonly random?: Random;
  /** Ping a server not heard from for this long while calls wait; Infinity, the default, is never. */
  readonly keepaliveTimeMs?: number;
  /** Give up a server that stays silent for this long after a ping. */
  readonly keepaliveTimeoutMs?: number;
  /** A connection came up or was lost; for logs and for measuring outages. */
  readonly onConnectionChange?: (connection: number, state: 'ready' | 'lost', reason: string) => void;
}

/** A server's answers are as large as what is stored: etcd's client sets no limit either, this one keeps it finite. */
const CLIENT_LIMITS: ConnectionLimits = {
  ...DEFAULT_LIMITS,
  streamWindowBytes: 1_048_576,
  maxMessageBytes: 268_435_456,
  maxHeaderListBytes: 65_536,
  // A server on grpc-go measures the bandwidth by a PING for the data it sends, up to one a round trip.
  pingRate: { burst: 100_000, perSecond: 50_000 },
};
/** A connection that lasted this long was a good one. */
const SETTLED_MS = 1000;
const NO_OPTIONS: CallOptions = {};
const NO_BYTES = Buffer.alloc(0);
const ENDED: Cancellable = { cancel: () => undefined };

interface Slot {
  readonly index: number;
  readonly endpoint: Address;
  readonly backoff: Backoff;
  connection: ClientConnection | undefined;
  ready: boolean;
  dialledAtMs: number;
  retry: Timer | undefined;
  /** Why it is not up. */
  reason: string;
}

export class ClientPool {
  private readonly options: PoolOptions;
  private readonly limits: ConnectionLimits;
  private readonly deadlines: Deadlines;
  private readonly slots: Slot[];
  /** Retired ones too, until their last call has ended. */
  private readonly connections = new Set<ClientConnection>();
  private readyListeners: (() => void)[] = [];
  private turn = 0;
  private closed = false;

  constructor(options: PoolOptions) {
    if (options.endpoints.length === 0) throw new UsageError('a client pool needs at least one endpoint');
    if (!(options.connections >= 1)) throw new UsageError(`connections: ${options.connections}, expected at least 1`);
    this.options = options;
    this.limits = { ...CLIENT_LIMITS, ...options.limits };
    this.deadlines = new Deadlines(options.clock, (visit) => {
      for (const connection of this.connections) connection.forEachCall(visit);
    });
    const random = options.random ?? seededRandom(options.clock.nowMs());
    this.slots = Array.from({ length: options.connections }, (_, index) => ({
      index,
      endpoint: options.endpoints[index % options.endpoints.length]!,
      backoff: new Backoff({ ...DEFAULT_BACKOFF, ...options.backoff }, random),
      connection: undefined,
      ready: false,
      dialledAtMs: 0,
      retry: undefined,
      reason: 'not connected yet',
    }));
    for (const slot of this.slots) this.dial(slot);
  }

  /** How many connections there are, for `connection` in the options of a call. */
  get size(): number {
    return this.slots.length;
  }

  get readyCount(): number {
    return this.slots.filter((slot) => slot.ready).length;
  }

  /** Calls `done` once every connection is up. */
  onceReady(done: () => void): void {
    if (this.readyCount === this.slots.length) done();
    else this.readyListeners.push(done);
  }

  /** Why connections are down: one line, or undefined when all are up. */
  get trouble(): string | undefined {
    const down = this.slots.find((slot) => !slot.ready);
    return down === undefined ? undefined : `${formatAddress(down.endpoint)}: ${down.reason}`;
  }

  unary(
    method: PreparedMethod,
    message: OutgoingMessage,
    options: CallOptions | undefined,
    done: UnaryDone,
  ): Cancellable {
    const connection = this.pick(options ?? NO_OPTIONS);
    if (connection === undefined) {
      const error = this.unavailable(options ?? NO_OPTIONS);
      this.options.clock.soon(() => done(error, NO_BYTES));
      return ENDED;
    }
    const call = new CallbackCall(connection, method, message, options ?? NO_OPTIONS, done);
    connection.start(call, options?.nowMs);
    return call;
  }

  stream(method: PreparedMethod, handlers: StreamHandlers, options: CallOptions = NO_OPTIONS): ClientStream {
    const connection = this.pick(options);
    if (connection === undefined) {
      const error = this.unavailable(options);
      this.options.clock.soon(() => handlers.onEnd(error));
      return new EndedStream();
    }
    const call = new StreamingClientCall(connection, method, handlers, options);
    connection.start(call, options.nowMs);
    return call;
  }

  /** Where a call of one's own making (`UnaryClientCall`) is to be started; undefined where none can be: see `unavailable`. */
  connectionAt(number: number): ClientConnection | undefined {
    return this.slots[number]?.connection;
  }

  /** Why a connection takes no calls. */
  unavailableAt(number: number): GrpcError {
    return this.unavailable({ connection: number });
  }

  /** Ends every connection; calls still open fail with Unavailable. */
  close(): void {
    this.closed = true;
    for (const slot of this.slots) slot.retry?.cancel();
    for (const connection of [...this.connections]) connection.shutdown('the client was closed');
  }

  private pick(options: CallOptions): ClientConnection | undefined {
    if (options.connection !== undefined) {
      const slot = this.slots[options.connection];
      if (slot === undefined)
        throw new UsageError(`connection ${options.connection} of a pool of ${this.slots.length}`);
      return slot.connection;
    }
    let connecting: ClientConnection | undefined;
    for (let tries = this.slots.length; tries > 0; tries--) {
      this.turn = this.turn + 1 < this.slots.length ? this.turn + 1 : 0;
      const slot = this.slots[this.turn]!;
      if (slot.ready) return slot.connection;
      connecting ??= slot.connection;
    }
    return connecting;
  }

  private unavailable(options: CallOptions): GrpcError {
    const slot = this.slots[options.connection ?? this.turn]!;
    const reason = this.closed ? 'the client was closed' : slot.reason;
    return new GrpcError(StatusCode.Unavailable, `${formatAddress(slot.endpoint)}: ${reason}`, { unprocessed: true });
  }

  private dial(slot: Slot): void {
    const { clock, network, secure = false } = this.options;
    slot.retry = undefined;
    slot.dialledAtMs = clock.nowMs();
    const connection: ClientConnection = new ClientConnection(
      network.connect(slot.endpoint, () => undefined),
      {
        clock,
        limits: this.limits,
        deadlines: this.deadlines,
        scheme: secure ? 'https' : 'http',
        authority: formatAddress(slot.endpoint),
        keepaliveTimeMs: this.options.keepaliveTimeMs ?? Infinity,
        keepaliveTimeoutMs: this.options.keepaliveTimeoutMs ?? 20_000,
        onReady: () => this.becameReady(slot, connection),
        onRetired: () => this.replace(slot, connection),
        onLost: (reason) => this.becameLost(slot, connection, reason),
      },
    );
    this.connections.add(connection);
    slot.connection = connection;
  }

  private becameReady(slot: Slot, connection: ClientConnection): void {
    if (slot.connection !== connection || slot.ready) return;
    slot.ready = true;
    slot.backoff.reset();
    this.options.onConnectionChange?.(slot.index, 'ready', '');
    if (this.readyListeners.length === 0 || this.readyCount < this.slots.length) return;
    const listeners = this.readyListeners;
    this.readyListeners = [];
    for (const listener of listeners) listener();
  }

  /** The server goes away in good order: dial anew, at once unless that is what happened the last time, too. */
  private replace(slot: Slot, connection: ClientConnection): void {
    if (slot.connection !== connection) return;
    const wasUpMs = this.options.clock.nowMs() - slot.dialledAtMs;
    this.takeDown(slot, 'the server is going away');
    if (this.closed) return;
    if (wasUpMs >= SETTLED_MS) this.dial(slot);
    else this.dialLater(slot);
  }

  private becameLost(slot: Slot, connection: ClientConnection, reason: string): void {
    this.connections.delete(connection);
    if (this.connections.size === 0) this.deadlines.rest();
    if (slot.connection !== connection) return;
    this.takeDown(slot, reason);
    if (!this.closed) this.dialLater(slot);
  }

  private takeDown(slot: Slot, reason: string): void {
    slot.connection = undefined;
    slot.ready = false;
    slot.reason = reason;
    this.options.onConnectionChange?.(slot.index, 'lost', reason);
  }

  private dialLater(slot: Slot): void {
    slot.retry = this.options.clock.after(slot.backoff.delayMs(), () => this.dial(slot));
  }
}

/** The stream of a call that could not be made. */
class EndedStream implements ClientStream {
  readonly bufferedBytes = 0;
  send(): boolean {
    return true;
  }
  halfClose(): void {}
  pause(): void {}
  resume(): void {}
  cancel(): void {}
}

export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

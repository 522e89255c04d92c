/** An operation under way, and what is known of the request that it waits for. */
import type { LoadCaller, LoadError } from '../../client/load/index.ts';
import type { Call, ClosedLoop, Operation, Reply, Script } from '../../core/workload/index.ts';

export interface ClosedClient {
  readonly loop: ClosedLoop;
  readonly number: number;
  /** When its next operation should begin: before it is free, where its answers are slower than the rate limit. */
  intendedMs: number;
}

/** Who is told of a run's answers. */
export interface RunOwner {
  answered(run: Run, call: Call, error: LoadError | undefined, reply: Reply): void;
}

/** One object for all: a thousand of them are under way at once, and the collector looks at every part of each. */
export class Run implements LoadCaller {
  private readonly owner: RunOwner;
  readonly operation: Operation;
  readonly script: Script;
  readonly connection: number;
  /** Closed loop that it belongs to. */
  readonly client: ClosedClient | undefined;
  /** Of the request that was sent last: the instant it should have had and the one it had. */
  intendedMs: number;
  sentMs: number;
  /** The highest revision that had been answered then. */
  highestAtSend = 0;
  private call: Call | undefined = undefined;

  constructor(
    owner: RunOwner,
    operation: Operation,
    script: Script,
    connection: number,
    client: ClosedClient | undefined,
    intendedMs: number,
  ) {
    this.owner = owner;
    this.operation = operation;
    this.script = script;
    this.connection = connection;
    this.client = client;
    this.intendedMs = intendedMs;
    this.sentMs = intendedMs;
  }

  sent(call: Call, intendedMs: number, sentMs: number, highestAtSend: number): void {
    this.call = call;
    this.intendedMs = intendedMs;
    this.sentMs = sentMs;
    this.highestAtSend = highestAtSend;
  }

  answered(error: LoadError | undefined, reply: Reply): void {
    this.owner.answered(this, this.call!, error, reply);
  }
}

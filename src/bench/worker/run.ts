/** An operation under way, and what is known of the request that it waits for. */
import type { LoadCaller, LoadError } from '../../client/load/index.ts';
import type { Call, ClosedLoop, Reply, Script } from '../../core/workload/index.ts';

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

/**
 * One object for all, and for one operation after another: a thousand of them are under way at once. Its instants are
 * fractions from the start: V8 would lay out a field that began as a whole number another way, and then anew.
 */
export class Run implements LoadCaller {
  private readonly owner: RunOwner;
  script: Script;
  /** Place of the operation's source in the profile. */
  source = 0;
  /** When the operation should have begun. */
  startMs = 0.5;
  connection = 0;
  /** Closed loop that it belongs to. */
  client: ClosedClient | undefined = undefined;
  /** Of the request that was sent last: the instant it should have had and the one it had. */
  intendedMs = 0.5;
  sentMs = 0.5;
  /** The highest revision that had been answered then. */
  highestAtSend = 0;
  private call: Call | undefined = undefined;

  constructor(owner: RunOwner, script: Script) {
    this.owner = owner;
    this.script = script;
  }

  begin(script: Script, source: number, startMs: number, connection: number, client: ClosedClient | undefined): void {
    this.script = script;
    this.source = source;
    this.startMs = startMs;
    this.connection = connection;
    this.client = client;
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

/** Keeps every request that a tap reads, with what its answer says of it, under the scenario that ran at the time. */
import type { MethodName } from '../../src/core/api/index.ts';
import type { Listener, StreamSeen } from './conversation.ts';

export interface SeenRequest {
  readonly scenario: string;
  readonly atMs: number;
  readonly method: MethodName;
  /** The decoded message; written values are cut to one byte. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Bytes of each written value, by its key. */
  readonly written: readonly (readonly [key: string, bytes: number])[];
  /** Of the last answer; undefined: none came. */
  answer?: AnswerSeen;
  /** grpc-status; `reset`: the client gave up. */
  status?: string;
}

export interface AnswerSeen {
  readonly succeeded: boolean;
  readonly kvs: number;
  /** Objects in all, of which the answer may hold a part. */
  readonly count: number;
}

export class Recorder implements Listener {
  readonly requests: SeenRequest[] = [];
  private scenario = 'start';
  private readonly last = new Map<StreamSeen, SeenRequest>();
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  begin(scenario: string): void {
    this.scenario = scenario;
  }

  request(stream: StreamSeen, message: unknown): void {
    const { method, metadata } = stream;
    const written: [string, number][] = [];
    const seen: SeenRequest = {
      scenario: this.scenario,
      atMs: this.nowMs(),
      method,
      message: withoutValues(message, written) as Record<string, unknown>,
      metadata,
      written,
    };
    this.requests.push(seen);
    this.last.set(stream, seen);
  }

  answer(stream: StreamSeen, message: unknown): void {
    const { succeeded, kvs, count } = message as Partial<Record<'succeeded' | 'kvs' | 'count', unknown>>;
    const request = this.last.get(stream);
    if (request === undefined) return;
    request.answer = {
      succeeded: succeeded !== false,
      kvs: Array.isArray(kvs) ? kvs.length : 0,
      count: typeof count === 'number' ? count : 0,
    };
  }

  end(stream: StreamSeen, status: string | undefined, reset: boolean): void {
    const request = this.last.get(stream);
    this.last.delete(stream);
    if (request !== undefined) request.status = reset ? 'reset' : (status ?? 'closed');
  }
}

const ONE_BYTE = Uint8Array.of(1);

/** A copy in which a written value is one byte; its length goes to `written`. */
function withoutValues(message: unknown, written: [string, number][]): unknown {
  if (Array.isArray(message)) return message.map((each) => withoutValues(each, written));
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return message;
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    if (name === 'value' && value instanceof Uint8Array) {
      written.push([(message as { key: string }).key, value.length]);
      copy[name] = value.length > 0 ? ONE_BYTE : value;
    } else copy[name] = withoutValues(value, written);
  }
  return copy;
}

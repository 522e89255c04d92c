/**
 * A plain Put of one object: what tools that compare servers send, and nothing else, as fast as they can. So that an
 * operation costs little more than its bytes, it is one small object, which serves the next when it is done; what its
 * bytes are put together with is there once for all.
 */
import { FreeList } from '../../../base/free-list.ts';
import type { MessageInput } from '../../api/index.ts';
import { DONE } from '../call.ts';
import type { Call, Reply, Script, Step, Write } from '../call.ts';
import type { ObjectSpace } from '../keyspace.ts';
import type { ObjectKey } from '../object-key.ts';
import type { Operation } from '../plan.ts';
import { StampedValue } from '../value.ts';
import type { Stamp } from '../value.ts';
import type { ModelContext } from './context.ts';

/** As many scripts as are ever under way at once. */
export function plainPuts(context: ModelContext, space: ObjectSpace): (operation: Operation) => Script {
  const shared = new Shared(context, space);
  return (operation) => {
    const put = shared.idle.take() ?? new PlainPut(shared);
    put.begin(operation);
    return put;
  };
}

class Shared {
  /** Where scripts go when they are done. */
  readonly idle = new FreeList<PlainPut>();
  readonly space: number;
  private readonly context: ModelContext;
  private readonly values: ObjectSpace['values'];
  private readonly key: ObjectKey;
  private readonly value = new StampedValue();
  private readonly request: MessageInput<'PutRequest'>;
  private readonly send: { kind: 'send'; call: Call };

  constructor(context: ModelContext, space: ObjectSpace) {
    this.space = space.number;
    this.context = context;
    this.values = space.values;
    this.key = space.newKey();
    this.request = { key: this.key, value: this.value };
    this.send = { kind: 'send', call: new PlainPut(this) };
  }

  stepFor(put: PlainPut): Step {
    this.send.call = put;
    return this.send;
  }

  writesOf(object: number): number {
    return this.context.ledger.writesOf(this.space, object);
  }

  requestFor(put: PlainPut): MessageInput<'PutRequest'> {
    this.key.of(put.object);
    this.values.renew(this.value, put);
    return this.request;
  }
}

/** The script, its only call, what that writes, and the stamp that is written. */
class PlainPut implements Script, Write, Stamp {
  private readonly shared: Shared;
  object = 0;
  sequence = 0;
  source = 0;
  writes = 0;
  /** A fraction from the start: V8 would lay out a field that began as a whole number another way, and then anew. */
  intendedMs = 0.5;
  private sent = false;

  constructor(shared: Shared) {
    this.shared = shared;
  }

  begin({ object, sequence, source }: Operation): void {
    this.object = object;
    this.sequence = sequence;
    this.source = source;
    this.sent = false;
  }

  next(_reply: Reply | undefined, intendedMs: number): Step {
    if (this.sent) {
      this.shared.idle.give(this);
      return DONE;
    }
    this.sent = true;
    this.intendedMs = intendedMs;
    this.writes = this.shared.writesOf(this.object);
    return this.shared.stepFor(this);
  }

  failed(): void {
    this.shared.idle.give(this);
  }

  get class(): string {
    return 'put';
  }

  get method(): 'put' {
    return 'put';
  }

  /** Valid until another put is asked for its own. */
  get request(): MessageInput<'PutRequest'> {
    return this.shared.requestFor(this);
  }

  get write(): Write {
    return this;
  }

  get kind(): 'put' {
    return 'put';
  }

  get space(): number {
    return this.shared.space;
  }

  get step(): number {
    return 0;
  }
}

/**
 * What clients ask of keys: each request as it is sent, what it means for the history of each key, and whether its answer
 * is what the agreed log says. The answer of a request that was refused is judged too.
 */
import { CompareTarget, type MessageInput } from '../../src/core/api/index.ts';
import { byteStringFrom } from '../../src/base/bytes.ts';
import type { Random } from '../../src/base/random.ts';
import type { MemberServices } from '../../src/server/services.ts';
import type { AgreedStore } from './agreed-store.ts';
import type { Operation, Part } from './history.ts';
import { Violation } from './ledger.ts';
import { callUnary, type RequestOf, type ResponseOf, type UnaryName } from './local-call.ts';

const COMPACTED = 'etcdserver: mvcc: required revision has been compacted';
const FUTURE = 'etcdserver: mvcc: required revision is a future revision';
const KEYS = 4;
/** Revisions that reads of the past and compactions lie back, at most. */
const MAX_PAST_REVISIONS = 80;

/** What came of a request: the revision in its header, or why there is none. */
export interface Answer {
  readonly error: string | undefined;
  readonly revision: number;
}

/** A request that is ready to be sent. */
export interface KvRequest {
  /** For the history; none where no order in time is promised. */
  readonly parts: readonly Part[];
  /** Answers come in the order of the member's revisions. */
  readonly isOrdered: boolean;
  send(services: MemberServices, operations: readonly Operation[], done: (answer: Answer) => void): void;
}

export class KvRequests {
  readonly #random: Random;
  readonly #agreed: AgreedStore;
  /** Key → the value somebody saw last: what a compare-and-swap may hope for. */
  readonly #lastSeen = new Map<string, string | undefined>();
  /** Compactions up to it have been acknowledged. */
  #compacted = -1;
  #nextValue = 1;

  constructor(random: Random, agreed: AgreedStore) {
    this.#random = random;
    this.#agreed = agreed;
  }

  /** Keys of one epoch share a prefix. */
  next(epoch: number): KvRequest {
    const prefix = `k${epoch}-`;
    const key = (): string => prefix + this.#random.below(KEYS);
    const dice = this.#random.below(100);
    if (dice < 36) return this.#put(key());
    if (dice < 62) return this.#get(key());
    if (dice < 67) return this.#serializable(key());
    if (dice < 71) return this.#past(key());
    if (dice < 91) return this.#txn(key(), key(), key());
    if (dice < 96) return this.#delete(key(), '');
    if (dice < 98) return this.#delete(prefix, `k${epoch}.`);
    return this.#compact();
  }

  #newValue(): string {
    return `v${this.#nextValue++}`;
  }

  #put(key: string): KvRequest {
    const value = this.#newValue();
    return {
      parts: [{ kind: 'put', key, value }],
      isOrdered: true,
      send: send('put', { key, value: Buffer.from(value) }, (_response, revision, [operation]) => {
        operation!.changed = true;
        this.#lastSeen.set(key, value);
        this.#mustHold(key, revision, value);
      }),
    };
  }

  #get(key: string): KvRequest {
    return {
      parts: [{ kind: 'get', key }],
      isOrdered: true,
      send: send('range', { key }, ({ kvs: [kv] }, revision, [operation]) => {
        const value = kv && byteStringFrom(kv.value);
        operation!.value = value;
        operation!.modRevision = kv?.modRevision ?? 0;
        this.#lastSeen.set(key, value);
        this.#mustHold(key, revision, value);
      }),
    };
  }

  #serializable(key: string): KvRequest {
    return {
      parts: [],
      isOrdered: true,
      send: send('range', { key, serializable: true }, ({ kvs: [kv] }, revision) => {
        if (revision > this.#agreed.revision) throw new Violation(`a read at ${revision}, which is not agreed on yet`);
        this.#mustHold(key, revision, kv && byteStringFrom(kv.value));
      }),
    };
  }

  /** A linearizable read of the past: right, or refused because the past has been compacted, and for no other reason. */
  #past(key: string): KvRequest {
    const revision = Math.max(1, this.#agreed.revision - this.#random.below(MAX_PAST_REVISIONS));
    const compactedBefore = this.#compacted;
    return {
      parts: [],
      isOrdered: true,
      send: send(
        'range',
        { key, revision },
        ({ kvs: [kv] }) => {
          if (revision < compactedBefore) {
            throw new Violation(`compacted reads: ${revision} was read after ${compactedBefore} had been compacted`);
          }
          this.#mustHold(key, revision, kv && byteStringFrom(kv.value));
        },
        (error) => this.#judgeRefusal(error, revision),
      ),
    };
  }

  #judgeRefusal(error: string, revision: number): void {
    if (error === COMPACTED && revision >= this.#agreed.compactRevision) {
      throw new Violation(`compacted reads: ${revision} was refused, compacted is ${this.#agreed.compactRevision}`);
    }
    if (error === FUTURE) throw new Violation(`linearizability: agreed revision ${revision} was refused as future`);
  }

  /** Compare and swap one key; where that succeeds, write another and delete a third. */
  #txn(key: string, other: string, third: string): KvRequest {
    const expected = this.#lastSeen.get(key);
    const value = this.#newValue();
    const parts: Part[] = [{ kind: 'cas', key, value, expected }];
    const success: MessageInput<'RequestOp'>[] = [putOp(key, value)];
    let otherValue: string | undefined;
    if (other !== key) {
      otherValue = this.#newValue();
      parts.push({ kind: 'put', key: other, value: otherValue });
      success.push(putOp(other, otherValue));
    }
    if (third !== key && third !== other) {
      parts.push({ kind: 'delete', key: third });
      success.push({ requestDeleteRange: { key: third } });
    }
    const compare =
      expected === undefined
        ? { target: CompareTarget.CREATE, key, createRevision: 0 }
        : { target: CompareTarget.VALUE, key, value: Buffer.from(expected) };
    const request = { compare: [compare], success, failure: [{ requestRange: { key } }] };
    return {
      parts,
      isOrdered: true,
      send: send('txn', request, ({ succeeded, responses }, revision, [cas, ...rest]) => {
        if (!succeeded) {
          const [kv] = responses[0]?.responseRange?.kvs ?? [];
          cas!.seen = kv && byteStringFrom(kv.value);
          this.#lastSeen.set(key, cas!.seen);
          // Only the first key was looked at.
          for (const operation of rest) operation.outcome = 'refused';
          this.#mustHold(key, revision, cas!.seen);
          return;
        }
        cas!.changed = true;
        this.#lastSeen.set(key, value);
        this.#mustHold(key, revision, value);
        for (const [i, operation] of rest.entries()) {
          const deleted = responses[i + 1]?.responseDeleteRange?.deleted;
          operation.changed = deleted !== 0;
          this.#mustHold(operation.key, revision, operation.kind === 'put' ? otherValue : undefined);
          this.#mustHaveDeleted([operation.key], revision, deleted ?? 0);
        }
      }),
    };
  }

  #delete(key: string, rangeEnd: string): KvRequest {
    const keys = rangeEnd === '' ? [key] : Array.from({ length: KEYS }, (_, i) => key + i);
    return {
      parts: keys.map((one) => ({ kind: 'delete', key: one })),
      isOrdered: true,
      send: send('deleteRange', { key, rangeEnd }, ({ deleted }, revision, operations) => {
        for (const operation of operations) {
          operation.changed = deleted > 0;
          this.#lastSeen.set(operation.key, undefined);
          this.#mustHold(operation.key, revision, undefined);
        }
        this.#mustHaveDeleted(keys, revision, deleted);
      }),
    };
  }

  #compact(): KvRequest {
    const revision = Math.max(1, this.#agreed.revision - this.#random.below(MAX_PAST_REVISIONS));
    return {
      parts: [],
      isOrdered: false,
      send: send(
        'compact',
        { revision, physical: this.#random.below(3) === 0 },
        () => {
          this.#compacted = Math.max(this.#compacted, revision);
          if (revision > this.#agreed.compactRevision)
            throw new Violation(`compaction of ${revision} is not agreed on`);
        },
        // One compacted already is as a rule not above what is compacted.
        (error) => {
          if (error === FUTURE) throw new Violation(`the agreed revision ${revision} was refused as future`);
        },
      ),
    };
  }

  #mustHold(key: string, revision: number, value: string | undefined): void {
    const agreed = this.#agreed.valueAt(key, revision)?.value;
    if (agreed === value) return;
    throw new Violation(`an answer at revision ${revision} has ${key} as ${value}, the agreed log as ${agreed}`);
  }

  #mustHaveDeleted(keys: readonly string[], revision: number, deleted: number): void {
    if (deleted === 0) return;
    const events = this.#agreed.eventsAt(revision).filter(({ key, kv }) => kv === undefined && keys.includes(key));
    if (events.length === deleted) return;
    throw new Violation(
      `revision ${revision} is to have deleted ${deleted} keys, the agreed log says ${events.length}`,
    );
  }
}

function putOp(key: string, value: string): MessageInput<'RequestOp'> {
  return { requestPut: { key, value: Buffer.from(value) } };
}

/** Sends a request; `judge` looks at the answer, `judgeRefusal` at the error. */
function send<M extends UnaryName & ('put' | 'range' | 'txn' | 'deleteRange' | 'compact')>(
  name: M,
  request: RequestOf<M>,
  judge: (response: ResponseOf<M>, revision: number, operations: readonly Operation[]) => void,
  judgeRefusal: (error: string) => void = () => undefined,
): KvRequest['send'] {
  return (services, operations, done) => {
    callUnary(services, name, request, (error, response) => {
      if (response === undefined) {
        judgeRefusal(error ?? '');
        done({ error: error ?? '', revision: 0 });
        return;
      }
      const revision = response.header?.revision ?? 0;
      for (const operation of operations) operation.revision = revision;
      judge(response, revision, operations);
      done({ error: undefined, revision });
    });
  };
}

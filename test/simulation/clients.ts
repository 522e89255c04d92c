/** Clients that write and read a few keys on any member, one operation each at a time, and note what they saw. */
import { byteStringFrom } from '../../src/base/bytes.ts';
import type { Random } from '../../src/base/random.ts';
import type { Applied } from '../../src/core/mvcc/index.ts';
import type { Member } from '../../src/server/member/member.ts';
import { codecs } from '../../src/wire/messages/index.ts';
import type { History, Operation } from './history.ts';
import type { Machine } from './machine.ts';
import type { Scheduler } from './scheduler.ts';

const CLIENTS = 12;
const KEYS = 4;
/** Operations after which clients turn to new keys, so that the search over one key's history stays short. */
const OPERATIONS_PER_EPOCH = 200;
const MAX_THINK_MS = 1;
const TIMEOUT_MS = 400;
const NOT_PROPOSED = new Set(['etcdserver: too many requests', 'raft proposal dropped']);

export interface ClientsOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly history: History;
  readonly machines: () => readonly Machine[];
  /** Operations asked for altogether. */
  readonly operations: number;
}

interface Waiting {
  readonly machine: Machine;
  readonly finish: (outcome: 'ok' | 'refused' | 'unknown') => void;
}

export class Clients {
  readonly #options: ClientsOptions;
  readonly #waiting = new Set<Waiting>();
  #asked = 0;
  #nextValue = 1;

  constructor(options: ClientsOptions) {
    this.#options = options;
  }

  get isDone(): boolean {
    return this.#asked >= this.#options.operations && this.#waiting.size === 0;
  }

  start(): void {
    for (let client = 0; client < CLIENTS; client++) this.#next(client);
  }

  /** The connections to a machine that went down are reset. */
  onDown(machine: Machine): void {
    for (const waiting of [...this.#waiting]) if (waiting.machine === machine) waiting.finish('unknown');
  }

  #next(client: number): void {
    const { scheduler, random } = this.#options;
    if (this.#asked >= this.#options.operations) return;
    scheduler.after(random.float() * MAX_THINK_MS, () => this.#ask(client));
  }

  #ask(client: number): void {
    const { scheduler, random, history, machines } = this.#options;
    const up = machines().filter((machine) => machine.member !== undefined);
    const machine = up[random.below(Math.max(1, up.length))];
    if (machine === undefined || this.#asked >= this.#options.operations) {
      if (machine === undefined) scheduler.after(5, () => this.#ask(client));
      return;
    }
    const key = `k${Math.floor(this.#asked / OPERATIONS_PER_EPOCH)}-${random.below(KEYS)}`;
    this.#asked++;
    const dice = random.below(100);
    const kind = dice < 50 ? 'put' : dice < 92 ? 'get' : 'delete';
    const operation = history.invoke(client, kind, key, kind === 'put' ? `v${this.#nextValue++}` : undefined);
    const finish = (outcome: 'ok' | 'refused' | 'unknown'): void => {
      if (!this.#waiting.delete(waiting)) return;
      cancel();
      history.answer(operation, outcome);
      this.#next(client);
    };
    const waiting: Waiting = { machine, finish };
    this.#waiting.add(waiting);
    const cancel = scheduler.after(TIMEOUT_MS, () => finish('unknown'));
    const isTaken = machine.enter((member) => {
      if (operation.kind === 'get') read(member, operation, finish);
      else write(member, operation, finish);
    });
    if (!isTaken) finish('refused');
  }
}

type Finish = (outcome: 'ok' | 'refused' | 'unknown') => void;

function write(member: Member, operation: Operation, finish: Finish): void {
  const { key, kind, value } = operation;
  const encoded =
    kind === 'put'
      ? codecs.PutRequest.encode({ key, value: Buffer.from(value!) })
      : codecs.DeleteRangeRequest.encode({ key });
  member.propose(kind === 'put' ? 'put' : 'deleteRange', encoded, {
    applied: ({ response, error }: Applied) => {
      if (error !== undefined) {
        finish('unknown');
        return;
      }
      operation.revision = (response as { header: { revision: number } }).header.revision;
      finish('ok');
    },
    failed: (error) => finish(NOT_PROPOSED.has(error.message) ? 'refused' : 'unknown'),
  });
}

function read(member: Member, operation: Operation, finish: Finish): void {
  member.linearize((error) => {
    if (error !== undefined) {
      finish('refused');
      return;
    }
    const { store } = member;
    const request = codecs.RangeRequest.decode(codecs.RangeRequest.encode({ key: operation.key }));
    const [encoded] = store.range(request).kvs;
    operation.revision = store.currentRevision;
    if (encoded !== undefined) {
      const kv = codecs.KeyValue.decode(encoded);
      operation.value = byteStringFrom(kv.value);
      operation.modRevision = kv.modRevision;
    }
    finish('ok');
  });
}

/**
 * v3electionpb.Election/Observe: a stream of who leads and what it proclaims. Not every proclamation need be told, but the
 * last one always is.
 */
import type { ByteString } from '../../base/bytes.ts';
import {
  apiError,
  EventType,
  keyOf,
  METHODS,
  type Event,
  type Message,
  type MessageInput,
} from '../../core/api/index.ts';
import type { StreamCall } from '../../wire/grpc/call.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { codecs, encodeHeader } from '../../wire/messages/index.ts';
import type { LeaderGuard } from './leader-guard.ts';
import { oldestUnder, queuePrefix, under } from './ownership.ts';
import { checkCall, failCall } from './serving.ts';
import { StoreSteps, type StoreServices } from './store-steps.ts';

/** An observer with this much unsent is told nothing more until it has read. */
const FULL_BYTES = 1024 * 1024;

export function registerObserve(server: GrpcServer, services: StoreServices, guard: LeaderGuard): void {
  const { member } = services;
  server.stream(METHODS.observe.path, (call) => {
    let isStarted = false;
    const observer = new Observer(services, call, guard);
    call.onMessage((bytes) => {
      if (isStarted) return;
      isStarted = true;
      try {
        checkCall(member, call);
        observer.start(codecs.LeaderRequest.decode(bytes));
      } catch (error) {
        observer.fail(error);
      }
    });
  });
}

class Observer {
  readonly #services: StoreServices;
  readonly #call: StreamCall;
  readonly #steps: StoreSteps;
  readonly #release: () => void;
  #resume: () => void = () => undefined;

  constructor(services: StoreServices, call: StreamCall, guard: LeaderGuard) {
    this.#services = services;
    this.#call = call;
    this.#release = guard.watch(call, () => this.fail(apiError('noLeader')));
    // As in etcd: an observation that cannot go on just ends.
    this.#steps = new StoreSteps(services, () => {
      this.#release();
      call.end();
    });
    call.onDrain(() => this.#resume());
    call.onCancel(() => {
      this.#release();
      this.#steps.stop();
    });
  }

  start({ name }: Message<'LeaderRequest'>): void {
    this.#steps.run(() => this.#look(queuePrefix(name)));
  }

  fail(error: unknown): void {
    this.#release();
    this.#steps.stop();
    failCall(this.#call, error);
  }

  #look(prefix: ByteString): void {
    this.#steps.read(oldestUnder(prefix), ({ kvs: [kv] }, revision) => {
      if (kv === undefined) this.#awaitFirst(prefix, revision);
      else {
        this.#tell(revision, kv);
        this.#follow(prefix, keyOf(kv), revision + 1);
      }
    });
  }

  /** Nobody leads: whoever comes first does. */
  #awaitFirst(prefix: ByteString, revision: number): void {
    this.#steps.watch(
      { ...under(prefix), startRevision: revision },
      {
        onEvents: (events) => {
          const first = events.find(({ type }) => type === EventType.PUT)?.kv;
          if (first === undefined) return;
          this.#tell(first.modRevision, first);
          this.#follow(prefix, first.key, first.modRevision + 1);
        },
        onLost: () => this.#look(prefix),
      },
    );
  }

  /** Tells what the leader proclaims until its key is gone. */
  #follow(prefix: ByteString, key: ByteString, startRevision: number): void {
    const onEvents = (events: readonly Event[], revision: number): void => {
      for (const { type, kv } of events) {
        if (type === EventType.DELETE) {
          this.#steps.endWatch();
          this.#look(prefix);
          return;
        }
        this.#tell(revision, kv!);
      }
    };
    this.#resume = this.#steps.watch(
      { key, startRevision },
      { onEvents, onLost: () => this.#look(prefix), isFull: () => this.#call.bufferedBytes >= FULL_BYTES },
    );
  }

  #tell(revision: number, kv: Uint8Array | MessageInput<'KeyValue'>): void {
    const { member } = this.#services;
    const header = encodeHeader(member.headerPrefix, revision, member.term);
    this.#call.send(codecs.LeaderResponse.encode({ header, kv }));
  }
}

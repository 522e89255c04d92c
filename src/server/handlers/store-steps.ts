/**
 * A client of the store that lives inside the member for the length of one call: what locks and elections are made of.
 *
 * Each step goes on with its answer in a later turn. The first that fails ends the call, and after that, or once the call
 * has its answer, none goes on any more.
 */
import type { ByteString } from '../../base/bytes.ts';
import {
  ApiError,
  FilterType,
  keyOf,
  SortOrder,
  SortTarget,
  type Event,
  type MessageInput,
  type RangeRequest,
  type ResponseHeader,
  type TxnResponse,
} from '../../core/api/index.ts';
import {
  checkDeleteRangeRequest,
  checkRangeRequest,
  checkTxnRequest,
  type Applied,
  type WatchDelivery,
} from '../../core/mvcc/index.ts';
import { codecs } from '../../wire/messages/index.ts';
import type { ProposalWaiter } from '../consensus/proposals.ts';
import type { AlarmRaiser } from '../maintenance/alarm-raiser.ts';
import type { LeaseKeeper } from '../maintenance/lease-keeper.ts';
import type { WatchDriver } from '../maintenance/watch-driver.ts';
import type { Member } from '../member/member.ts';
import { under } from './ownership.ts';

export interface StoreServices {
  readonly member: Member;
  readonly watches: WatchDriver;
  readonly keeper: LeaseKeeper;
  readonly alarms: AlarmRaiser;
}

/** What a caller without a lease gets. Source: etcd client/v3/concurrency/session.go. */
const OWN_LEASE_TTL_S = 60;

/** Of a read of many keys; about 2 ms. */
const PIECES_PER_TURN = 4;

type Next<Response> = (response: Response, revision: number) => void;

interface Found {
  readonly kvs: readonly Uint8Array[];
}

export interface WatchHandlers {
  readonly onEvents: (events: readonly Event[], revision: number) => void;
  /** The watch has ended: what it waited for has been compacted. */
  readonly onLost: () => void;
  /** Holds events back until the function that `watch` returned is called. */
  readonly isFull?: () => boolean;
}

export class StoreSteps {
  readonly #services: StoreServices;
  readonly #onError: (error: ApiError) => void;
  #closeWatch: () => void = () => undefined;
  #undo: () => void = () => undefined;
  #isEnded = false;

  /** `onError` is called at most once, with what ended the call. */
  constructor(services: StoreServices, onError: (error: ApiError) => void) {
    this.#services = services;
    this.#onError = onError;
  }

  /** Runs what may throw an ApiError, which then ends the call. */
  run(step: () => void): void {
    if (this.#isEnded) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.fail(error);
    }
  }

  fail(error: ApiError): void {
    if (this.#isEnded) return;
    this.stop();
    this.#undo();
    this.#onError(error);
  }

  /** The call has its answer. */
  stop(): void {
    this.#isEnded = true;
    this.#closeWatch();
  }

  /** No event of the watch comes any more. */
  endWatch(): void {
    this.#closeWatch();
  }

  /** Takes back what must not stay behind should the call fail from here on. */
  undoWith(undo: () => void): void {
    this.#undo = undo;
  }

  /**
   * The caller's lease, or one of its own for a caller that names none. As in etcd nobody keeps that one alive, not even
   * while the call waits: it bounds how long a key can outlive its owner.
   */
  lease(id: bigint, next: (id: bigint) => void): void {
    if (id !== 0n) {
      next(id);
      return;
    }
    const { member, keeper, alarms } = this.#services;
    const grant = { id: keeper.newLeaseId(), ttl: OWN_LEASE_TTL_S };
    alarms.checkRoom({ leaseGrant: grant });
    member.propose(
      'leaseGrant',
      codecs.LeaseGrantRequest.encode(grant),
      this.#waiter(() => next(grant.id)),
    );
  }

  txn(input: MessageInput<'TxnRequest'>, next: Next<TxnResponse<Uint8Array>>): void {
    const { member, alarms } = this.#services;
    const encoded = codecs.TxnRequest.encode(input);
    const request = codecs.TxnRequest.decode(encoded);
    checkTxnRequest(request, member.parts.settings.maxTxnOperations);
    alarms.checkRoom({ txn: request });
    member.propose('txn', encoded, this.#waiter(next));
  }

  /** Deletes exactly that key; one that is not there is no error. */
  delete(key: ByteString, next: (revision: number) => void): void {
    const encoded = codecs.DeleteRangeRequest.encode({ key });
    checkDeleteRangeRequest(codecs.DeleteRangeRequest.decode(encoded));
    this.#services.member.propose(
      'deleteRange',
      encoded,
      this.#waiter((_response, revision) => next(revision)),
    );
  }

  /** A linearizable read; one of many keys takes several turns, and shows the store as it was in the first. */
  read(input: MessageInput<'RangeRequest'>, next: Next<Found>): void {
    const { member } = this.#services;
    const request = codecs.RangeRequest.decode(codecs.RangeRequest.encode(input));
    checkRangeRequest(request);
    member.linearize((error) => {
      if (error !== undefined) this.fail(error);
      else this.run(() => this.#range(request, next));
    });
  }

  #range(request: RangeRequest, next: Next<Found>): void {
    const { member } = this.#services;
    const { store } = member;
    const { headerRevision, pieces } = store.openRange(request);
    const kvs: Uint8Array[] = [];
    const goOn = (): void => {
      for (let i = 0; i < PIECES_PER_TURN; i++) {
        const piece = pieces.next();
        if (piece.done === true) {
          next({ kvs }, headerRevision);
          return;
        }
        for (const kv of piece.value) kvs.push(kv);
      }
      member.parts.clock.soon(() => {
        // A snapshot from the leader has replaced what was read.
        const isReplaced = store !== member.store;
        if (this.#isEnded || isReplaced) pieces.return({ more: false, count: 0 });
        this.run(() => (isReplaced ? this.#range(request, next) : goOn()));
      });
    };
    goOn();
  }

  /**
   * Waits until no key under `prefix` is older than `createRevision`. Only the youngest of those is watched, so that an
   * owner who goes wakes one waiter and not all.
   */
  awaitOlder(prefix: ByteString, createRevision: number, next: (revision: number) => void): void {
    const youngestOlder = {
      ...under(prefix),
      sortTarget: SortTarget.CREATE,
      sortOrder: SortOrder.DESCEND,
      limit: 1,
      maxCreateRevision: createRevision - 1,
    };
    this.read(youngestOlder, ({ kvs: [youngest] }, revision) => {
      if (youngest === undefined) {
        next(revision);
        return;
      }
      const again = (): void => {
        this.endWatch();
        this.awaitOlder(prefix, createRevision, next);
      };
      const deletion = { key: keyOf(youngest), startRevision: revision + 1, filters: [FilterType.NOPUT] };
      this.watch(deletion, { onEvents: again, onLost: again });
    });
  }

  /** Hands over the events of one watch; the next watch of the call ends it. */
  watch(create: MessageInput<'WatchCreateRequest'>, { onEvents, onLost, isFull }: WatchHandlers): () => void {
    const { watches, member } = this.#services;
    this.#closeWatch();
    let isOpen = true;
    const take = ({ events, revision, canceled }: WatchDelivery): void => {
      if (events.length === 0 && !canceled) return;
      // Not in the hub's own turn: what follows may end this watch.
      member.parts.clock.soon(() => {
        if (!isOpen) return;
        const decoded = events.map((event) => codecs.Event.decode(event));
        this.run(() => (canceled ? onLost() : onEvents(decoded, revision)));
      });
    };
    const stream = watches.openStream({
      send: take,
      offer: (delivery) => {
        if (isOpen && isFull?.() === true) return false;
        take(delivery);
        return true;
      },
    });
    this.#closeWatch = () => {
      if (!isOpen) return;
      isOpen = false;
      watches.closeStream(stream);
    };
    stream.create(codecs.WatchCreateRequest.decode(codecs.WatchCreateRequest.encode(create)));
    watches.wake();
    return () => {
      if (isOpen) watches.resume(stream);
    };
  }

  #waiter<Response>(next: Next<Response>): ProposalWaiter<Applied> {
    return {
      applied: ({ error, response }) => {
        if (error !== undefined) this.fail(error);
        else this.run(() => next(response as Response, revisionOf(response)));
      },
      failed: (error) => this.fail(error),
    };
  }
}

function revisionOf(response: Applied['response']): number {
  return (response as { header?: ResponseHeader } | undefined)?.header?.revision ?? 0;
}

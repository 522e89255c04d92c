/**
 * Membership as the log changes it: applies what was agreed to the membership, the backend, raft and the transport, and
 * answers whoever proposed it.
 */
import type { Backend } from '../../base/backend.ts';
import { bytesFrom } from '../../base/bytes.ts';
import { ApiError } from '../../core/api/index.ts';
import {
  CONF_ADD_LEARNER,
  CONF_ADD_VOTER,
  CONF_REMOVE,
  CONF_UPDATE,
  decodeConfChange,
  NOBODY,
  type ConfChange,
  type ConfState,
  type Entry,
  type MemberId,
  type Raft,
} from '../../core/raft/index.ts';
import { codecs, type RaftRequestKind } from '../../wire/messages/index.ts';
import { memberFromJson, memberToJson } from '../membership/member-json.ts';
import { hexId, type Member } from '../membership/member.ts';
import type { Membership } from '../membership/membership.ts';
import type { PeerTransport } from '../peer/transport.ts';

/** Who waits for a membership change; called once. */
export type ConfChangeWaiter = (error: ApiError | undefined) => void;

export interface MembershipChangesOptions {
  readonly own: MemberId;
  readonly raft: Raft;
  readonly backend: Backend;
  readonly membership: Membership;
  readonly transport: PeerTransport;
  readonly maxLearners: number;
  readonly onConfState: (index: number, confState: ConfState) => void;
  /** This member has been removed: it must stop, and calls back as soon as those who stay can do without it. */
  readonly onRemoved: (whenFree: () => void) => void;
}

export class MembershipChanges {
  readonly #options: MembershipChangesOptions;
  readonly #waiters = new Map<bigint, ConfChangeWaiter>();
  #nextId: bigint;

  /** `firstId` is drawn at random at every start, so that a replayed change answers nobody. */
  constructor(options: MembershipChangesOptions, firstId: bigint) {
    this.#options = options;
    this.#nextId = firstId;
  }

  /** An id for a change, and who is to be told when it has been applied. */
  register(waiter: ConfChangeWaiter): bigint {
    const id = this.#nextId++;
    this.#waiters.set(id, waiter);
    return id;
  }

  forget(id: bigint): void {
    this.#waiters.delete(id);
  }

  /** `isNew` is false where membership and backend have the change already and only raft needs it. */
  applyConfChange(entry: Entry, isNew: boolean): void {
    const { raft, onConfState } = this.#options;
    const change = decodeConfChange(entry.data);
    const error = isNew ? this.#check(change) : undefined;
    const effective: ConfChange = error === undefined ? change : { ...change, member: NOBODY };
    const confState = raft.applyConfChange(effective);
    onConfState(entry.index, confState);
    const answer = (): void => {
      this.#waiters.get(change.id)?.(error);
      this.#waiters.delete(change.id);
    };
    // Whoever is told that this member is out may destroy it: the last one must not need it then.
    const isNeeded = this.#isOwnRemoval(effective) && isNew && confState.voters.length === 1;
    if (isNew && error === undefined) this.#carryOut(change, isNeeded ? answer : () => undefined);
    if (!isNeeded) answer();
  }

  /** Applies a request about members that came as a normal entry; false where it is none. */
  applyRequest(kind: RaftRequestKind, bytes: Uint8Array): boolean {
    if (kind === 'clusterMemberAttrSet') {
      const { memberId, memberAttributes } = codecs.ClusterMemberAttrSetRequest.decode(bytes);
      const member = this.#options.membership.get(memberId);
      if (member !== undefined && memberAttributes !== undefined) {
        this.#store({ ...member, name: memberAttributes.name, clientUrls: memberAttributes.clientUrls });
      }
      return true;
    }
    return kind === 'clusterVersionSet';
  }

  /** Tells the transport of every other member there is. */
  connectPeers(): void {
    const { membership, transport, own } = this.#options;
    for (const member of membership.list()) if (member.id !== own) transport.setPeer(member.id, member.peerUrls);
  }

  stop(error: ApiError): void {
    for (const waiter of this.#waiters.values()) waiter(error);
    this.#waiters.clear();
  }

  /** The rules once more, on the state at this index: every member decides alike. */
  #check(change: ConfChange): ApiError | undefined {
    const { membership, maxLearners } = this.#options;
    try {
      if (change.type === CONF_REMOVE) membership.checkRemove(change.member);
      else if (change.type === CONF_UPDATE) {
        membership.checkUpdate(change.member, contextOf(change).member.peerUrls);
      } else {
        const { member, isPromote } = contextOf(change);
        if (isPromote) membership.checkPromote(member.id);
        else membership.checkAdd(member, maxLearners);
      }
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  #isOwnRemoval({ type, member }: ConfChange): boolean {
    return type === CONF_REMOVE && member === this.#options.own;
  }

  #carryOut(change: ConfChange, whenFree: () => void): void {
    const { membership, transport, own, onRemoved } = this.#options;
    const known = membership.get(change.member);
    switch (change.type) {
      case CONF_REMOVE:
        this.#remove(change.member);
        if (this.#isOwnRemoval(change)) onRemoved(whenFree);
        else transport.removePeer(change.member);
        return;
      case CONF_UPDATE:
        if (known !== undefined) this.#store({ ...known, peerUrls: contextOf(change).member.peerUrls });
        break;
      case CONF_ADD_VOTER:
      case CONF_ADD_LEARNER: {
        const { member, isPromote } = contextOf(change);
        const isLearner = change.type === CONF_ADD_LEARNER;
        this.#store(isPromote && known !== undefined ? { ...known, isLearner: false } : { ...member, isLearner });
        break;
      }
    }
    const member = membership.get(change.member);
    if (member !== undefined && member.id !== own) transport.setPeer(member.id, member.peerUrls);
  }

  #store(member: Member): void {
    this.#options.membership.set(member);
    storeMember(this.#options.backend, member);
  }

  #remove(id: MemberId): void {
    const { backend, membership } = this.#options;
    membership.remove(id);
    backend.delete('members', hexId(id));
    backend.put('members_removed', hexId(id), bytesFrom('removed'));
  }
}

function storeMember(backend: Backend, member: Member): void {
  backend.put('members', hexId(member.id), new TextEncoder().encode(memberToJson(member)));
}

function contextOf(change: ConfChange): { member: Member; isPromote: boolean } {
  return memberFromJson(new TextDecoder().decode(change.context));
}

/**
 * Who is in the cluster, as applied from the log, and the rules a change must pass before it is proposed.
 *
 * Source of the rules: contract section 4.11 (etcd server/etcdserver/api/membership/cluster.go).
 */
import type { Backend } from '../../base/backend.ts';
import { apiError } from '../../core/api/errors.ts';
import type { ConfState, MemberId } from '../../core/raft/types.ts';
import { memberFromJson } from './member-json.ts';
import type { Member } from './member.ts';

export class Membership {
  readonly #members = new Map<MemberId, Member>();
  readonly #removed = new Set<MemberId>();

  constructor(members: Iterable<Member> = [], removed: Iterable<MemberId> = []) {
    for (const member of members) this.#members.set(member.id, member);
    for (const id of removed) this.#removed.add(id);
  }

  /** The membership as the backend holds it. */
  static from(backend: Backend): Membership {
    const membership = new Membership();
    membership.reload(backend);
    return membership;
  }

  /** Takes what the backend holds instead of what was known. */
  reload(backend: Backend): void {
    this.#members.clear();
    this.#removed.clear();
    backend.scan('members', (_key, value) => {
      const { member } = memberFromJson(new TextDecoder().decode(value));
      this.#members.set(member.id, member);
    });
    backend.scan('members_removed', (key) => {
      this.#removed.add(BigInt(`0x${key}`));
    });
  }

  get(id: MemberId): Member | undefined {
    return this.#members.get(id);
  }

  wasRemoved(id: MemberId): boolean {
    return this.#removed.has(id);
  }

  /** All members by rising id, as MemberList answers them. */
  list(): Member[] {
    return [...this.#members.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  voters(): Member[] {
    return this.list().filter((member) => !member.isLearner);
  }

  confState(): ConfState {
    const members = this.list();
    return {
      voters: members.filter((member) => !member.isLearner).map((member) => member.id),
      learners: members.filter((member) => member.isLearner).map((member) => member.id),
    };
  }

  set(member: Member): void {
    this.#members.set(member.id, member);
  }

  remove(id: MemberId): void {
    this.#members.delete(id);
    this.#removed.add(id);
  }

  /** Refuses an addition that etcd refuses, whatever the state of the other members. */
  checkAdd(member: Member, maxLearners: number): void {
    if (this.#removed.has(member.id)) throw apiError('memberNotFound');
    if (this.#members.has(member.id)) throw apiError('memberExists');
    const taken = new Set(this.list().flatMap((other) => other.peerUrls));
    if (member.peerUrls.some((url) => taken.has(url))) throw apiError('peerUrlExists');
    const learners = this.list().filter((other) => other.isLearner).length;
    if (member.isLearner && learners >= maxLearners) throw apiError('tooManyLearners');
  }

  checkRemove(id: MemberId): void {
    if (!this.#members.has(id)) throw apiError('memberNotFound');
  }

  checkUpdate(id: MemberId, peerUrls: readonly string[]): void {
    if (!this.#members.has(id)) throw apiError('memberNotFound');
    const others = new Set(this.list().flatMap((other) => (other.id === id ? [] : other.peerUrls)));
    if (peerUrls.some((url) => others.has(url))) throw apiError('peerUrlExists');
  }

  checkPromote(id: MemberId): void {
    const member = this.#members.get(id);
    if (member === undefined) throw apiError('memberNotFound');
    if (!member.isLearner) throw apiError('memberNotLearner');
  }

  /** Strict reconfiguration: enough started voters must remain for the quorum of the cluster that would be. */
  checkStarted(change: 'add' | 'promote' | 'remove', id?: MemberId): void {
    const voters = this.voters();
    const started = voters.filter((member) => member.name !== '');
    if (change === 'remove') {
      const rest = voters.filter((member) => member.id !== id);
      const restStarted = rest.filter((member) => member.name !== '');
      if (restStarted.length < quorum(rest.length)) throw apiError('notEnoughStartedMembers');
      return;
    }
    // One member may always become two: there is no other way to grow.
    if (change === 'add' && started.length === 1 && voters.length === 1) return;
    // A learner that is to vote runs already; whether it has caught up is asked elsewhere.
    const ready = change === 'promote' ? started.length + 1 : started.length;
    if (ready < quorum(voters.length + 1)) throw apiError('notEnoughStartedMembers');
  }
}

/** The majority of `voters` members. */
export function quorum(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

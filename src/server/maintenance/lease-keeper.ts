/**
 * Time for leases: the leader revokes what has expired, through the log, and records checkpoints; keep-alives and times
 * to live are answered where time is counted, which is on the leader.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { codecs } from '../../wire/messages/index.ts';
import { UNAWAITED } from '../consensus/proposals.ts';
import type { Counter } from '../metrics/registry.ts';
import type { Member } from '../member/member.ts';

/** etcd scans every 500 ms, takes at most 500 expired leases a scan, and revokes 16 at a time (server/lease/lessor.go). */
const SCAN_INTERVAL_MS = 500;
const MAX_EXPIRED_PER_SCAN = 500;
const MAX_REVOKES_IN_FLIGHT = 16;
/** A revocation that was lost is proposed again after so long. */
const REVOKE_RETRY_MS = 3000;
const MAX_CHECKPOINTS_PER_SCAN = 1000;

export class LeaseKeeper {
  readonly #member: Member;
  readonly #clock: Clock;
  /** The lower six bytes of the next lease's id. */
  #nextId: bigint;
  readonly #expired: Counter;
  readonly #queue: bigint[] = [];
  #inFlight = 0;
  #timer: Timer | undefined;

  constructor(member: Member) {
    const { clock, metrics } = member.parts;
    this.#member = member;
    this.#clock = clock;
    this.#nextId = BigInt(Math.floor(clock.wallMs())) << 8n;
    this.#expired = metrics.registry.counter(
      'etcd_debugging_server_lease_expired_total',
      'The total number of expired leases.',
    );
  }

  /** This member now leads and has applied everything before its term: it counts time from here on. */
  promote(): void {
    const { electionMs } = this.#member.parts.settings;
    this.#member.store.lessor.promote(this.#clock.nowMs(), electionMs);
    this.#timer ??= this.#schedule();
  }

  demote(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#queue.length = 0;
    this.#member.store.lessor.demote();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /**
   * An id no other member gives: 2 bytes of the member, 5 of the time in milliseconds, 1 that counts. It counts on from
   * the time of the start, into the bytes of the time where need be, so that no two are the same however many are asked
   * for at once. Source: etcd pkg/idutil/id.go.
   */
  newLeaseId(): bigint {
    const member = (this.#member.parts.id & 0xffffn) << 48n;
    const id = (member | (this.#nextId++ & 0xffff_ffff_ffffn)) & 0x7fff_ffff_ffff_ffffn;
    return id === 0n || this.#member.store.lessor.has(id) ? this.newLeaseId() : id;
  }

  #schedule(): Timer {
    return this.#clock.after(SCAN_INTERVAL_MS, () => {
      this.#timer = this.#schedule();
      this.#scan();
    });
  }

  #scan(): void {
    const { lessor } = this.#member.store;
    const nowMs = this.#clock.nowMs();
    const expired = lessor.takeExpired(nowMs, MAX_EXPIRED_PER_SCAN, REVOKE_RETRY_MS);
    this.#expired.value += expired.length;
    this.#queue.push(...expired);
    this.#revokeNext();
    if (this.#member.parts.settings.leaseCheckpoints) this.#recordCheckpoints(nowMs);
  }

  #recordCheckpoints(nowMs: number): void {
    const due = this.#member.store.lessor.takeCheckpoints(nowMs, MAX_CHECKPOINTS_PER_SCAN);
    if (due.length === 0 || !this.#leads()) return;
    const checkpoints = due.map(({ id, remainingTtlS }) => ({ id, remainingTtl: remainingTtlS }));
    this.#member.propose('leaseCheckpoint', codecs.LeaseCheckpointRequest.encode({ checkpoints }), UNAWAITED);
    this.#member.proposals.flush();
  }

  /**
   * Asked right before something is proposed, and that flushed at once: what is over by this member's count may not go to
   * another leader, who may have renewed it since.
   */
  #leads(): boolean {
    return this.#member.parts.raft.status().role === 'leader';
  }

  #revokeNext(): void {
    if (this.#queue.length === 0 || !this.#leads()) return;
    while (this.#inFlight < MAX_REVOKES_IN_FLIGHT && this.#queue.length > 0) {
      const id = this.#queue.shift()!;
      this.#inFlight++;
      const finish = (): void => {
        this.#inFlight--;
        this.#revokeNext();
      };
      this.#member.propose('leaseRevoke', codecs.LeaseRevokeRequest.encode({ id }), {
        applied: finish,
        failed: finish,
      });
    }
    this.#member.proposals.flush();
  }
}

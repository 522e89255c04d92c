/** Raises NOSPACE through the log when the quota is reached, once at a time. */
import { AlarmAction, AlarmType, apiError } from '../../core/api/index.ts';
import type { CostlyRequest } from '../../core/mvcc/index.ts';
import { codecs } from '../../wire/messages/index.ts';
import { hexId } from '../membership/member.ts';
import type { Member } from '../member/member.ts';

export class AlarmRaiser {
  readonly #member: Member;
  #isRaising = false;

  constructor(member: Member) {
    this.#member = member;
  }

  /** Throws noSpace where the backend has no room for the request, and raises the alarm. */
  checkRoom(request: CostlyRequest): void {
    if (this.#member.store.hasRoomForRequest(request)) return;
    this.#raise();
    throw apiError('noSpace');
  }

  /** A write was refused, or has gone over the quota, while it was applied: raises the alarm unless a member has. */
  raiseAfterApply(): void {
    if (!this.#member.store.alarms.isActive(AlarmType.NOSPACE)) this.#raise();
  }

  #raise(): void {
    const { id, log } = this.#member.parts;
    const isRaised = this.#member.store.alarms.list(AlarmType.NOSPACE).some((alarm) => alarm.memberId === id);
    if (isRaised || this.#isRaising) return;
    this.#isRaising = true;
    log.warn('raised alarm; database space exceeded', { 'local-member-id': hexId(id), alarm: 'NOSPACE' });
    const request = codecs.AlarmRequest.encode({
      action: AlarmAction.ACTIVATE,
      memberId: id,
      alarm: AlarmType.NOSPACE,
    });
    const finish = (): void => void (this.#isRaising = false);
    this.#member.propose('alarm', request, { applied: finish, failed: finish });
  }
}

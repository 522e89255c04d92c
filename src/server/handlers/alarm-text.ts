/** Alarms as etcd tells them to people. */
import { AlarmType, type Message } from '../../core/api/index.ts';

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(AlarmType).map(([name, value]) => [value, name]));

/** Undefined for one that there is not. */
export function alarmName(alarm: number): string | undefined {
  return NAMES.get(alarm);
}

/** An alarm in Status, in protobuf's text form as etcd prints it up to 3.6: fields at zero left out, a space at the end. */
export function alarmText({ memberId, alarm }: Message<'AlarmMember'>): string {
  const member = memberId === 0n ? '' : `memberID:${memberId} `;
  // An alarm that has no name is told by its number.
  const type = alarm === AlarmType.NONE ? '' : `alarm:${alarmName(alarm) ?? alarm} `;
  return member + type;
}

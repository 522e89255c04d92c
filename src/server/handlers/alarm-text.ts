/** Alarms as etcd tells them to people. */
import { AlarmType, type Message } from '../../core/api/index.ts';

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(AlarmType).map(([name, value]) => [value, name]));

/** An alarm that there is not is told by its number, unless by something else. */
export function alarmName(alarm: number, otherwise = String(alarm)): string {
  return NAMES.get(alarm) ?? otherwise;
}

/** An alarm in Status, in protobuf's text form as etcd prints it up to 3.6: fields at zero left out, a space at the end. */
export function alarmText({ memberId, alarm }: Message<'AlarmMember'>): string {
  const member = memberId === 0n ? '' : `memberID:${memberId} `;
  const type = alarm === AlarmType.NONE ? '' : `alarm:${alarmName(alarm)} `;
  return member + type;
}

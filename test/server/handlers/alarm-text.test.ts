import { expect, it } from 'vitest';
import { AlarmType } from '../../../src/core/api/index.ts';
import { alarmText } from '../../../src/server/handlers/alarm-text.ts';

it.each([
  [{ memberId: 1234n, alarm: AlarmType.NOSPACE }, 'memberID:1234 alarm:NOSPACE '],
  [{ memberId: 1n << 63n, alarm: AlarmType.CORRUPT }, 'memberID:9223372036854775808 alarm:CORRUPT '],
  [{ memberId: 0n, alarm: AlarmType.CORRUPT }, 'alarm:CORRUPT '],
  [{ memberId: 7n, alarm: 9 }, 'memberID:7 alarm:9 '],
  [{ memberId: 0n, alarm: -1 }, 'alarm:-1 '],
])('%o is told as etcd does', (alarm, text) => {
  expect(alarmText(alarm)).toBe(text);
});

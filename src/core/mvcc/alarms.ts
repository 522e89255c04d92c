/** Alarms: which member raised which. They are applied through the log, so every member holds the same set. */
import type { Backend } from '../../base/backend.ts';
import { byteStringFrom, bytesFrom, type ByteString } from '../../base/bytes.ts';
import { AlarmAction, AlarmType } from '../api/index.ts';
import { Reader } from '../api/reader.ts';
import type { Message } from '../api/types.ts';
import { bigVarintSize, varintSize, writeBigVarint, writeVarint } from '../api/varint.ts';

export type AlarmMember = Message<'AlarmMember'>;

const TAG_MEMBER_ID = 1 << 3;
const TAG_ALARM = 2 << 3;
const NO_BYTES = new Uint8Array(0);

export class Alarms {
  private readonly backend: Backend;
  private readonly raised: AlarmMember[] = [];

  constructor(backend: Backend) {
    this.backend = backend;
    backend.scan('alarm', (key) => {
      this.raised.push(decodeAlarm(key));
    });
  }

  isActive(alarm: number): boolean {
    return this.raised.some((member) => member.alarm === alarm);
  }

  /** The alarms of a type, NONE meaning all, by type and member. */
  list(alarm: number): AlarmMember[] {
    return this.raised
      .filter((member) => alarm === AlarmType.NONE || member.alarm === alarm)
      .sort((a, b) => a.alarm - b.alarm || (a.memberId < b.memberId ? -1 : 1));
  }

  /** Applies a request; the alarms it names in its answer. */
  apply({ action, memberId, alarm }: Message<'AlarmRequest'>): AlarmMember[] {
    switch (action) {
      case AlarmAction.GET:
        return this.list(alarm);
      case AlarmAction.ACTIVATE:
        return alarm === AlarmType.NONE ? [] : [this.activate({ memberId, alarm })];
      case AlarmAction.DEACTIVATE:
        return this.deactivate({ memberId, alarm });
      default:
        return [];
    }
  }

  private activate(member: AlarmMember): AlarmMember {
    if (this.find(member) < 0) {
      this.raised.push(member);
      this.backend.put('alarm', encodeAlarm(member), NO_BYTES);
    }
    return member;
  }

  private deactivate(member: AlarmMember): AlarmMember[] {
    const at = this.find(member);
    if (at < 0) return [];
    this.backend.delete('alarm', encodeAlarm(member));
    return this.raised.splice(at, 1);
  }

  private find({ memberId, alarm }: AlarmMember): number {
    return this.raised.findIndex((other) => other.memberId === memberId && other.alarm === alarm);
  }
}

function encodeAlarm({ memberId, alarm }: AlarmMember): ByteString {
  const hasMember = memberId !== 0n;
  const bytes = new Uint8Array((hasMember ? 1 + bigVarintSize(memberId) : 0) + 1 + varintSize(alarm));
  let at = 0;
  if (hasMember) {
    bytes[at] = TAG_MEMBER_ID;
    at = writeBigVarint(memberId, bytes, at + 1);
  }
  bytes[at] = TAG_ALARM;
  writeVarint(alarm, bytes, at + 1);
  return byteStringFrom(bytes);
}

function decodeAlarm(key: ByteString): AlarmMember {
  const reader = new Reader(bytesFrom(key));
  const member: AlarmMember = { memberId: 0n, alarm: 0 };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === TAG_MEMBER_ID) member.memberId = reader.bigUint64();
    else if (tag === TAG_ALARM) member.alarm = reader.int32();
    else reader.skip(tag);
  }
  return member;
}

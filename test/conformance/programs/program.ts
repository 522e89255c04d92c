/** A program: the same for the same seed and size, whatever happens when it runs. */
import { seededRandom } from '../../../src/base/random.ts';
import type { MethodName } from '../../../src/core/api/index.ts';
import { varint } from '../raw-encoder.ts';
import { from, type PeerVersion } from '../../support/peer-version.ts';
import { requestsOf, type Step } from '../steps.ts';
import { At, Named, type Fields } from '../values.ts';
import { Choices, GUARD_KEY, KEYS } from './choices.ts';
import { leaseLifeSteps, sizeLimitSteps, wideTxnSteps } from './episodes.ts';
import { compactionRequest, deleteRangeRequest, putRequest, rangeRequest, txnRequest } from './kv.ts';
import { MalformedRequests } from './malform.ts';
import { harmlessMemberStep, learnerSteps, memberListRequest } from './members.ts';

import {
  call,
  FIRST_NEGATIVE_WATCH_ID,
  grantSteps,
  harmlessAlarmRequest,
  hashKVRequest,
  leaseIdRequest,
  timeToLiveRequest,
  watchCancelRequest,
  watchCreateRequest,
} from './others.ts';
import { electionSteps, lockSteps, queueRequest } from './queues.ts';
import { soundTxnRequest } from './sound-txn.ts';

/** Requests between two moments at which watches are compared, compactions made, streams closed. */
const EPOCH_REQUESTS = 120;
const STREAMS = 5;
/** Leases that must not be found by the random ones. */
const FIRST_SHORT_LEASE = 9000n;
const EXPIRING_LEASE = 8999n;
const MALFORMED_METHODS = [
  'range',
  'put',
  'deleteRange',
  'txn',
  'compact',
  'leaseGrant',
  'leaseRevoke',
  'leaseTimeToLive',
  'hashKV',
  'alarm',
  'memberAdd',
  'memberRemove',
  'memberUpdate',
  'memberPromote',
  'moveLeader',
  'lock',
  'unlock',
  'campaign',
  'proclaim',
  'leader',
  'resign',
] as const;

/** Where they cost nothing they are written while there is no space, and the two stores differ from there on. */
const countsNestedPuts = from('3.5.33', '3.6.14', '3.7');

/** About `requests` requests, such as an etcd of version `peer` survives and is not led astray by. */
export function makeProgram(seed: number, requests: number, peer: PeerVersion): Step[] {
  return new ProgramMaker(seed, peer).make(requests);
}

class ProgramMaker {
  private readonly peer: PeerVersion;
  private readonly c: Choices;
  private readonly steps: Step[] = [];
  private readonly openStreams = new Set<number>();
  private readonly halfClosed = new Set<number>();
  private sent = 0;
  private shortLeases = 0n;
  private negativeWatches = 0n;
  private learners = 0;
  private readonly malformed: MalformedRequests;

  constructor(seed: number, peer: PeerVersion) {
    this.peer = peer;
    this.c = new Choices(seededRandom(seed));
    const methods = [...MALFORMED_METHODS, 'watch', 'leaseKeepAlive'] as const;
    this.malformed = new MalformedRequests(this.c, methods, peer, (method) => this.sample(method));
  }

  make(requests: number): Step[] {
    this.add(call('put', { key: GUARD_KEY, value: 'guard' }));
    let longAt = requests / 4;
    let bigAt = requests / 2;
    while (this.sent < requests) {
      this.openStreamsAgain();
      const until = Math.min(requests, this.sent + EPOCH_REQUESTS);
      while (this.sent < until) this.addBurst();
      if (this.sent > longAt) {
        this.addAll(sizeLimitSteps(this.c));
        longAt = Infinity;
      }
      if (this.sent > bigAt) {
        this.addBigRevisions();
        bigAt = Infinity;
      }
      this.add({ do: 'settle' });
      this.addQuietSteps();
    }
    this.openStreamsAgain();
    this.add({ do: 'expire', id: EXPIRING_LEASE, keys: ['a', 'c/1', '\xff'] });
    this.add({ do: 'settle' });
    return this.steps;
  }

  private add(step: Step): void {
    this.steps.push(step);
    this.sent += requestsOf(step);
  }

  private addAll(steps: readonly Step[]): void {
    for (const step of steps) this.add(step);
  }

  private openStreamsAgain(): void {
    for (let stream = 0; stream < STREAMS; stream++) {
      if (this.openStreams.has(stream)) continue;
      this.openStreams.add(stream);
      this.add({ do: 'openWatch', stream });
    }
  }

  /** Writes and reads alternate in runs, because neighbouring reads are sent at once. */
  private addBurst(): void {
    const { c } = this;
    for (let i = 1 + c.below(8); i > 0; i--) this.addChange();
    for (let i = c.below(14); i > 0; i--) this.addRead();
    for (let i = c.chance(0.3) ? 2 : 1; i > 0; i--) this.addMalformed();
  }

  private addChange(): void {
    const { c } = this;
    const kind = c.below(100);
    if (kind < 36) this.add(this.withTail(call('put', putRequest(c, true))));
    else if (kind < 45) this.add(this.withTail(call('deleteRange', deleteRangeRequest(c))));
    else if (kind < 57) this.add(this.withTail(call('txn', txnRequest(c))));
    else if (kind < 68) this.add(call('txn', soundTxnRequest(c)));
    else if (kind < 74) this.addAll(grantSteps(c, () => FIRST_SHORT_LEASE + this.shortLeases++));
    else if (kind < 77) this.add(call('leaseRevoke', leaseIdRequest(c)));
    else if (kind < 81) this.add({ do: 'keepAlive', request: leaseIdRequest(c) });
    else if (kind < 92) for (let i = c.chance(0.15) ? 4 : 1; i > 0; i--) this.addWatchCreate();
    else if (kind < 94) this.add(call('alarm', harmlessAlarmRequest(c, this.peer)));
    else if (kind < 99) this.add(harmlessMemberStep(c));
    else this.addOnOpenStream({ progressRequest: {} });
  }

  private addRead(): void {
    const { c } = this;
    const kind = c.below(100);
    if (kind < 72) this.add(this.withTail(call('range', rangeRequest(c, true), true)));
    else if (kind < 82) this.add(call('leaseTimeToLive', timeToLiveRequest(c), true));
    else if (kind < 86) this.add(call('leaseLeases', {}, true));
    else if (kind < 93) this.add(call('hashKV', hashKVRequest(c), true));
    else if (kind < 96) this.add(call('status', {}, true));
    else this.add(call('memberList', memberListRequest(c), true));
  }

  private addMalformed(): void {
    const { method, request } = this.malformed.next();
    if (method === 'watch' || method === 'leaseKeepAlive') this.add({ do: 'probe', method, request });
    else this.add(call(method as (typeof MALFORMED_METHODS)[number], request, true));
  }

  private sample(method: MethodName): Fields {
    const { c } = this;
    switch (method) {
      case 'range':
        return rangeRequest(c, false);
      case 'put':
        return putRequest(c, true);
      case 'deleteRange':
        return deleteRangeRequest(c);
      case 'txn':
        return txnRequest(c);
      case 'compact':
        return compactionRequest(c);
      case 'leaseTimeToLive':
        return timeToLiveRequest(c);
      case 'watch':
        return c.chance(0.75)
          ? { createRequest: watchCreateRequest(c, () => FIRST_NEGATIVE_WATCH_ID) }
          : { cancelRequest: watchCancelRequest(c) };
      case 'lock':
      case 'unlock':
      case 'campaign':
      case 'proclaim':
      case 'leader':
      case 'resign':
        return queueRequest(method);
      default:
        return {};
    }
  }

  /** Fields that nobody knows must change nothing. */
  private withTail<S extends Step & { do: 'call' }>(step: S): S {
    if (!this.c.chance(0.03)) return step;
    const tail = Buffer.concat([
      varint(BigInt(2000 << 3)),
      varint(-1n),
      varint(BigInt((2001 << 3) | 2)),
      varint(3n),
      Buffer.from('odd'),
    ]);
    return { ...step, tail };
  }

  private addWatchCreate(): void {
    const createRequest = watchCreateRequest(this.c, () => FIRST_NEGATIVE_WATCH_ID + this.negativeWatches++);
    this.addOnOpenStream({ createRequest });
  }

  private addOnOpenStream(request: Fields): void {
    const stream = this.c.below(STREAMS);
    if (this.openStreams.has(stream) && !this.halfClosed.has(stream)) this.add({ do: 'watch', stream, request });
  }

  /** A revision or several of many bytes, and watches that must get them in fragments. */
  private addBigRevisions(): void {
    const watchAll = (options: Fields): void =>
      this.addOnOpenStream({ createRequest: { key: '\0', rangeEnd: '\0', ...options } });
    for (const fragment of [true, false]) watchAll({ fragment, prevKv: true });
    for (let i = 0; i < 6; i++) this.add(call('put', { key: KEYS[i + 1]!, value: Buffer.alloc(500_000, i) }));
    // With the values before it, one revision is longer than a message may be.
    const puts = KEYS.slice(1, 4).map((key) => ({ requestPut: { key, value: Buffer.alloc(480_000, key) } }));
    for (let i = 0; i < 2; i++) this.add(call('txn', { success: puts }));
    for (const [fragment, revisions] of [
      [true, 1],
      [true, 2],
      [true, 8],
      [false, 2],
      [false, 5],
    ] as const) {
      watchAll({ startRevision: new At('current', 1 - revisions), fragment, prevKv: revisions !== 5 });
    }
    for (const size of [1_600_000, 3_000_000]) this.add(call('put', { key: 'a', value: Buffer.alloc(size) }, true));
    this.add({ do: 'settle' });
    // Or every reading of all keys would be one of megabytes from here on.
    this.add(call('deleteRange', { key: KEYS[1]!, rangeEnd: KEYS[7]! }));
  }

  /** What would be a race while watches are on their way. */
  private addQuietSteps(): void {
    const { c } = this;
    for (let i = c.below(8); i > 0; i--) this.addOnOpenStream({ cancelRequest: watchCancelRequest(c) });
    for (let i = c.below(4); i > 0; i--) this.addOnOpenStream({ progressRequest: {} });
    if (c.chance(0.3)) this.addOnOpenStream({});
    if (c.chance(0.7)) this.add({ ...call('compact', compactionRequest(c)) });
    if (c.chance(0.12)) this.addAlarmEpisode();
    if (c.chance(0.22)) this.addAll(learnerSteps(c, this.learners++));
    if (c.chance(0.2)) this.addAll(leaseLifeSteps(c));
    if (c.chance(0.15)) this.addAll(wideTxnSteps(c));
    if (c.chance(0.2)) this.addAll(lockSteps(c));
    if (c.chance(0.3)) this.addAll(electionSteps(c));
    if (c.chance(0.1)) this.add(call('defragment', {}));
    if (c.chance(0.15)) this.closeStream(c.below(STREAMS));
    else if (c.chance(0.1)) {
      const stream = c.below(STREAMS);
      this.halfClosed.add(stream);
      this.add({ do: 'halfClose', stream });
    }
    if (c.chance(0.05)) {
      this.add({ do: 'reconnect' });
      this.openStreams.clear();
      this.halfClosed.clear();
    } else for (const stream of [...this.halfClosed]) if (c.chance(0.3)) this.closeStream(stream);
  }

  private closeStream(stream: number): void {
    this.openStreams.delete(stream);
    this.halfClosed.delete(stream);
    this.add({ do: 'closeWatch', stream });
  }

  /** While the alarm is on, nothing can be settled. */
  private addAlarmEpisode(): void {
    const { c } = this;
    const alarm = c.one([1, 2]);
    const mostDepth = countsNestedPuts(this.peer) ? 3 : 0;
    const memberId = c.chance(0.7) ? new Named('member') : 0n;
    this.add(call('alarm', { action: 1, memberId, alarm }));
    for (let i = 6 + c.below(10); i > 0; i--) {
      const kind = c.below(10);
      if (kind < 3) this.add(call('put', putRequest(c, true)));
      else if (kind < 5) this.add(call('txn', txnRequest(c, mostDepth)));
      else if (kind < 6) this.add(call('deleteRange', deleteRangeRequest(c)));
      else if (kind < 7) this.add(call('leaseGrant', { ttl: 3600, id: c.one([1n, 2n, 3n]) }));
      else if (kind < 8) this.add(call('leaseRevoke', leaseIdRequest(c)));
      else if (kind < 9 && alarm === 2) this.add(call('compact', compactionRequest(c)));
      else this.addRead();
    }
    this.add(call('alarm', { action: 0, alarm: c.below(3) }));
    this.add(call('alarm', { action: 2, memberId: 4n, alarm }));
    this.add(call('alarm', { action: 2, memberId, alarm }));
  }
}

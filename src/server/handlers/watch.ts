/** etcdserverpb.Watch: one bidirectional stream carries any number of watches. The rules are the hub's (core/mvcc). */
import { DecodeError, METHODS, type WatchRequest } from '../../core/api/index.ts';
import type { WatchDelivery, WatchStream } from '../../core/mvcc/index.ts';
import type { StreamCall } from '../../wire/grpc/call.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { codecs, encodeHeader } from '../../wire/messages/index.ts';
import type { WatchDriver } from '../maintenance/watch-driver.ts';
import type { Member } from '../member/member.ts';
import { PendingEvents } from '../metrics/watch-metrics.ts';
import { EventWriter } from './event-writer.ts';
import { GuardedStream } from './guarded-stream.ts';
import type { LeaderGuard } from './leader-guard.ts';
import { checkCall, failCall } from './serving.ts';

/** A stream with this much unsent is full: its watchers wait, nobody else does. */
const FULL_BYTES = 4 * 1024 * 1024;

export function registerWatch(server: GrpcServer, member: Member, driver: WatchDriver, guard: LeaderGuard): void {
  const streams: WatchStreams = {
    member,
    driver,
    guard,
    events: new EventWriter(member),
    pending: new PendingEvents(member.parts.metrics.registry),
  };
  server.stream(METHODS.watch.path, (call) => {
    try {
      checkCall(member, call);
    } catch (error) {
      failCall(call, error);
      return;
    }
    serveStream(call, streams);
  });
}

/** What all watch streams share. */
interface WatchStreams {
  readonly member: Member;
  readonly driver: WatchDriver;
  readonly guard: LeaderGuard;
  readonly events: EventWriter;
  readonly pending: PendingEvents;
}

function serveStream(call: StreamCall, { member, driver, guard, events, pending }: WatchStreams): void {
  const ownEvents = pending.open(call);
  const stream: WatchStream = driver.openStream({
    send: (answer) => send(call, member, answer),
    offer: (delivery) => {
      if (guarded.isEnded) return true;
      if (call.bufferedBytes >= FULL_BYTES) return false;
      if (delivery.events.length > 0) {
        ownEvents.add(delivery.events.length);
        events.send(call, delivery);
      } else send(call, member, delivery);
      return true;
    },
  });
  const guarded = new GuardedStream(call, guard, () => {
    ownEvents.close();
    driver.closeStream(stream);
  });
  call.onDrain(() => {
    if (!guarded.isEnded) driver.resume(stream);
  });
  // A client that half-closes goes on listening, as with etcd.
  call.onMessage((bytes) => {
    if (guarded.isEnded) return;
    let request: WatchRequest;
    try {
      request = codecs.WatchRequest.decode(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      member.parts.metrics.streamReceiveFailures('watch').value++;
      guarded.fail(error);
      return;
    }
    if (request.createRequest !== undefined) {
      stream.create(request.createRequest);
      driver.wake();
    } else if (request.cancelRequest !== undefined) stream.cancel(request.cancelRequest.watchId);
    else if (request.progressRequest !== undefined) stream.requestProgress();
  });
}

function send(call: StreamCall, member: Member, delivery: WatchDelivery): void {
  const header = encodeHeader(member.headerPrefix, delivery.revision, member.term);
  const message = { ...delivery, header };
  const codec = codecs.WatchResponse;
  call.sendWith(codec.size(message), (into, offset) => codec.write(message, into, offset));
}

/** The gRPC health service. As in etcd it stands behind the checks of every other call: a learner does not answer it. */
import { GrpcCode, METHODS, ServingStatus } from '../../core/api/index.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { codecs } from '../../wire/messages/index.ts';
import type { Member } from '../member/member.ts';
import { GuardedStream } from './guarded-stream.ts';
import type { LeaderGuard } from './leader-guard.ts';
import { checkCall, serveUnary } from './serving.ts';

export function registerHealth(server: GrpcServer, member: Member, guard: LeaderGuard): void {
  serveUnary(server, member, METHODS.healthCheck, ({ service }, call) => {
    if (service === '') call.respond(codecs.HealthCheckResponse.encode({ status: ServingStatus.SERVING }));
    else call.fail(GrpcCode.NOT_FOUND, 'unknown service');
  });

  server.stream(METHODS.healthWatch.path, (call) => {
    const stream = new GuardedStream(call, guard);
    call.onMessage((bytes) => {
      if (stream.isEnded) return;
      try {
        const { service } = codecs.HealthCheckRequest.decode(bytes);
        checkCall(member, call);
        const status = service === '' ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN;
        call.send(codecs.HealthCheckResponse.encode({ status }));
      } catch (error) {
        stream.fail(error);
      }
    });
  });
}

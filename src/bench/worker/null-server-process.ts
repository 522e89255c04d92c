/** A server that does nothing but answer Puts: what a generator reaches against it, it can at most reach against anything. */
import { METHODS } from '../../core/api/index.ts';
import { realClock } from '../../platform/clock.ts';
import { GrpcServer, tcpNetwork } from '../../wire/index.ts';
import { codecs } from '../../wire/messages/index.ts';

const server = new GrpcServer({ clock: realClock() });
let revision = 1;
server.unary(METHODS.put.path, (call) => call.respond(codecs.PutResponse.encode({ header: { revision: ++revision } })));

const listener = tcpNetwork().listen(
  { host: '127.0.0.1', port: 0 },
  (duplex, remoteAddress) => server.serve(duplex, { remoteAddress, encrypted: false }),
  (bound) => {
    if (bound instanceof Error) throw bound;
    process.send?.(bound.port);
  },
);
process.on('disconnect', () => {
  listener.close();
  server.close();
});
process.on('SIGINT', () => {});

// A server that answers every put with the same 13 bytes, in a process of its own: forked by wire.mjs.
//
// kind   lean (src/wire) or grpc-js
// { cpu: true }   answers { cpuUs } used so far; { heap: true }   answers { heapBytes } after a collection
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { realClock } from '../../dist/platform/clock.js';
import { GrpcServer, listen } from '../../dist/wire/index.js';

const { kind, tls } = JSON.parse(process.argv[2]);
const PATH = '/etcdserverpb.KV/Put';
// PutResponse: a header with cluster, member, revision and term.
const ANSWER = Buffer.from('0a0b0801100218d28cb1012002', 'hex');

const makers = {
  async lean() {
    const server = new GrpcServer({ clock: realClock() });
    server.unary(PATH, (call) => call.respond(ANSWER));
    const files = tls && { ...tls, trustedCaFile: tls.caFile };
    const http = (_request, response) => response.end();
    const { port } = await listen({ host: '127.0.0.1', port: 0, grpc: server, http, ...(files && { tls: files }) });
    return port;
  },

  async 'grpc-js'() {
    const server = new grpc.Server();
    const same = (bytes) => bytes;
    const put = { path: PATH, requestStream: false, responseStream: false, requestSerialize: same };
    const method = { ...put, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
    server.addService({ Put: method }, { Put: (_call, done) => done(null, ANSWER) });
    const pair = tls && [{ private_key: readFileSync(tls.keyFile), cert_chain: readFileSync(tls.certFile) }];
    const credentials = tls
      ? grpc.ServerCredentials.createSsl(readFileSync(tls.caFile), pair, true)
      : grpc.ServerCredentials.createInsecure();
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  },
};

process.on('message', ({ cpu, heap }) => {
  if (cpu) {
    const { user, system } = process.cpuUsage();
    process.send({ cpuUs: user + system });
  } else if (heap) {
    globalThis.gc();
    process.send({ heapBytes: process.memoryUsage().heapUsed });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ port: await makers[kind]() });

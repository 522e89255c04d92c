/** The standard client against our server, and our client against the standard server. */
import * as grpc from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callUnary, Metadata, PreparedMethod, StatusCode } from '../../../src/wire/index.ts';
import { livePool, liveServer, readyPool } from '../support/live.ts';

const same = (bytes: Buffer): Buffer => bytes;
const UNLIMITED = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

function grpcJsClient(port: number): grpc.Client {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), UNLIMITED);
  onTestFinished(() => client.close());
  return client;
}

function grpcJsCall(
  client: grpc.Client,
  path: string,
  message: Buffer,
  options: grpc.CallOptions = {},
): Promise<Buffer | grpc.ServiceError> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, same, same, message, new grpc.Metadata(), options, (error, response) =>
      resolve(error ?? response!),
    );
  });
}

async function grpcJsServer(): Promise<number> {
  const server = new grpc.Server(UNLIMITED);
  const unary = (path: string): object => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  });
  const service = {
    Echo: unary('/t.T/Echo'),
    Fail: unary('/t.T/Fail'),
    Chat: { ...unary('/t.T/Chat'), requestStream: true, responseStream: true },
  };
  server.addService(service as unknown as grpc.ServiceDefinition, {
    Echo: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
      // What only metadata can show goes back as the message.
      const wanted = call.metadata.get('answer-with')[0];
      done(null, wanted === undefined ? call.request : Buffer.from(wanted));
    },
    Fail: (_call: unknown, done: grpc.sendUnaryData<Buffer>) =>
      done({ code: grpc.status.ABORTED, details: 'später %' }),
    Chat: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (message: Buffer) => call.write(message));
      call.on('end', () => call.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return port;
}

const SIZES = [0, 1, 16_379, 65_530, 65_536, 1_000_000, 10_000_000];

describe('a grpc-js client', () => {
  it('gets back messages of 0 B to 10 MB', async () => {
    const { port } = await liveServer({ server: { limits: { maxMessageBytes: 10_000_000 } } });
    const client = grpcJsClient(port.port);
    for (const size of SIZES) {
      const message = Buffer.alloc(size, size % 251);
      const answer = await grpcJsCall(client, '/t.T/Echo', message);
      expect(answer instanceof Buffer && answer.equals(message), `${size} B`).toBe(true);
    }
  });

  it('understands our errors', async () => {
    const { port, server } = await liveServer();
    server.unary('/t.T/Fail', (call) => call.fail(StatusCode.Aborted, 'später %'));
    const client = grpcJsClient(port.port);
    expect(await grpcJsCall(client, '/t.T/Fail', Buffer.alloc(0))).toMatchObject({ code: 10, details: 'später %' });
    expect(await grpcJsCall(client, '/t.T/None', Buffer.alloc(0))).toMatchObject({ code: 12 });
  });

  it('can cancel and time out', async () => {
    const { port, server } = await liveServer();
    const cancelled = new Promise<void>((resolve) => server.unary('/t.T/Never', (call) => call.onCancel(resolve)));
    const client = grpcJsClient(port.port);
    const answer = await grpcJsCall(client, '/t.T/Never', Buffer.alloc(0), { deadline: Date.now() + 50 });
    expect(answer).toMatchObject({ code: 4 });
    await cancelled;
  });

  it('streams both ways, ten thousand messages', async () => {
    const { port } = await liveServer();
    const stream = grpcJsClient(port.port).makeBidiStreamRequest('/t.T/Chat', same, same);
    const sizes: number[] = [];
    stream.on('data', (message: Buffer) => sizes.push(message.length));
    const status = new Promise<grpc.StatusObject>((resolve) => stream.on('status', resolve));
    for (let i = 0; i < 10_000; i++) stream.write(Buffer.alloc(i % 300));
    stream.end();
    expect((await status).code).toBe(0);
    expect(sizes).toEqual(Array.from({ length: 10_000 }, (_, i) => i % 300));
  });
});

describe('a grpc-js server', () => {
  it('gives back messages of 0 B to 10 MB', async () => {
    const pool = await readyPool(await grpcJsServer());
    for (const size of SIZES) {
      const message = Buffer.alloc(size, size % 251);
      expect((await callUnary(pool, new PreparedMethod('/t.T/Echo'), message)).equals(message), `${size} B`).toBe(true);
    }
  });

  it('answers errors and unknown methods', async () => {
    const pool = livePool(await grpcJsServer());
    const call = (path: string): Promise<unknown> => callUnary(pool, new PreparedMethod(path), Buffer.alloc(1));
    await expect(call('/t.T/Fail')).rejects.toMatchObject({ code: StatusCode.Aborted, message: 'später %' });
    await expect(call('/t.T/None')).rejects.toMatchObject({ code: StatusCode.Unimplemented });
  });

  it('sees our metadata, bytes too', async () => {
    const pool = livePool(await grpcJsServer());
    const echo = new PreparedMethod('/t.T/Echo');
    const text = await callUnary(pool, echo, Buffer.alloc(0), { metadata: Metadata.of({ 'answer-with': 'text' }) });
    expect(text.toString()).toBe('text');
  });

  it('streams both ways, ten thousand messages with our sender held back', async () => {
    const pool = livePool(await grpcJsServer());
    const sizes: number[] = [];
    let sent = 0;
    const error = await new Promise((resolve) => {
      const send = (): void => {
        while (sent < 10_000) if (!stream.send(Buffer.alloc(sent++ % 300))) return;
        stream.halfClose();
      };
      const stream = pool.stream(new PreparedMethod('/t.T/Chat'), {
        onMessage: (message) => sizes.push(message.length),
        onEnd: resolve,
        onDrain: () => send(),
      });
      send();
    });
    expect(error).toBeUndefined();
    expect(sizes).toEqual(Array.from({ length: 10_000 }, (_, i) => i % 300));
  });
});

/** Our gateway in front of a real etcd's gRPC port, beside that etcd's own gateway: the same requests, the same answers. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiErrorFrom, type Method } from '../../../src/core/api/index.ts';
import { isGatewayPath, serveGateway, type GatewayBackend } from '../../../src/wire/gateway/index.ts';
import { from, versionOfBinary, type PeerVersion } from '../../support/peer-version.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';
import { startRealEtcd, type RealEtcd } from '../../support/real-etcd.ts';

/** Whose gateway ours is like; 3.4 and 3.5 have an older one. */
const NEW_GATEWAY = from('3.6');

const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

/** Passes bytes through to a gRPC port. */
function forwarding(client: Client): GatewayBackend {
  const failure = (error: unknown): Error => {
    const { code, details } = error as ServiceError;
    return apiErrorFrom(code, details);
  };
  const metadataOf = (token: string | undefined): Metadata => {
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('token', token);
    return metadata;
  };
  return {
    invoke: (method, request, { token }) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(method.path, same, same, request, metadataOf(token), (error, answer) =>
          answer === undefined ? reject(failure(error)) : resolve(answer),
        );
      }),
    async *stream(method: Method, requests, { token, signal }) {
      const call = client.makeBidiStreamRequest(method.path, same, same, metadataOf(token));
      call.on('error', () => {});
      signal.addEventListener('abort', () => call.cancel());
      const sending = (async () => {
        for await (const request of requests) call.write(request);
        call.end();
      })();
      try {
        for await (const answer of call) yield answer as Buffer;
      } catch (error) {
        throw failure(error);
      }
      await sending;
    },
  };
}

describeWithPeers(['etcd'], 'beside the gateway of a real etcd', () => {
  let etcd: RealEtcd;
  let version: PeerVersion;
  let isNew: boolean;
  let client: Client;
  let server: Server;
  let urls: { theirs: string; ours: string };
  beforeAll(async () => {
    etcd = await startRealEtcd();
    version = versionOfBinary(peerPath('etcd'));
    isNew = NEW_GATEWAY(version);
    client = new Client(etcd.endpoint, credentials.createInsecure());
    const backend = forwarding(client);
    server = createServer((request, response) => {
      if (isGatewayPath(request.url ?? '')) void serveGateway(backend, request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    urls = { theirs: `http://${etcd.endpoint}`, ours: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    await post(urls.theirs, '/v3/kv/put', { key: 'Zm9v', value: 'YmFyCg==' });
    await post(urls.theirs, '/v3/kv/put', { key: 'Zm9vMg==', value: '/wA=', lease: '0' });
    await post(urls.theirs, '/v3/lease/grant', { TTL: 600, ID: 7587862072907113 });
    await post(urls.theirs, '/v3/kv/put', { key: 'bGVhc2Vk', lease: '7587862072907113' });
  });
  afterAll(async () => {
    client?.close();
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    await etcd?.stop();
  });

  async function post(
    base: string,
    path: string,
    body: unknown,
  ): Promise<{ status: number; type: string; body: unknown }> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(base + path, { method: 'POST', body: text });
    const received = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, body: type === 'application/json' ? JSON.parse(received) : received };
  }

  /** Ours tells the text of an error under `error` too, for clients of 3.4 and 3.5; 3.6 does not. */
  async function both(path: string, body: unknown): Promise<[unknown, unknown]> {
    const [ours, theirs] = [await post(urls.ours, path, body), await post(urls.theirs, path, body)];
    if (!isNew || ours.status === 200) return [ours, theirs];
    const { error: _older, ...told } = ours.body as Record<string, unknown>;
    return [{ ...ours, body: told }, theirs];
  }

  describe('reads and refusals are equal to the byte of meaning', () => {
    it.each<[string, unknown]>([
      ['/v3/kv/range', { key: 'Zm9v' }],
      ['/v3beta/kv/range', { key: 'Zm9v' }],
      ['/v3/kv/range', { key: 'AA==', range_end: 'AA==', sort_order: 'DESCEND', sort_target: 'MOD', limit: '2' }],
      ['/v3/kv/range', { key: 'AA==', rangeEnd: 'AA==', sortOrder: 2, countOnly: true }],
      ['/v3/kv/range', { key: 'AA==', range_end: 'AA==', keys_only: true, unknown: { a: 1 }, limit: null }],
      ['/v3/kv/range', '{"key":"Zm9v"} trailing'],
      ['/v3/kv/range', {}],
      ['/v3/kv/range', ''],
      ['/v3/kv/range', { key: 'Zm9v', revision: '1000' }],
      ['/v3/kv/put', { key: 'Zm9v', lease: '12345' }],
      ['/v3/kv/put', { key: 'Zm9v', value: 'YQ==', ignore_value: true }],
      ['/v3/kv/compaction', { revision: 1000 }],
      ['/v3/kv/txn', {}],
      [
        '/v3/kv/txn',
        {
          compare: [{ result: 'GREATER', target: 'CREATE', key: 'Zm9v', create_revision: '1' }],
          success: [{ request_range: { key: 'Zm9v' } }, { requestRange: { key: 'bm9uZQ==' } }],
          failure: [{ request_delete_range: { key: 'Zm9v' } }],
        },
      ],
      ['/v3/lease/leases', {}],
      ['/v3/kv/lease/leases', {}],
      ['/v3/lease/timetolive', { ID: '99', keys: true }],
      ['/v3/lease/revoke', { ID: '99' }],
      ['/v3/cluster/member/list', {}],
      ['/v3/cluster/member/remove', { ID: '1' }],
      ['/v3/cluster/member/add', { peerURLs: ['not a url'] }],
      ['/v3/maintenance/alarm', { action: 'GET', alarm: 'NOSPACE' }],
      ['/v3/maintenance/status', {}],
      ['/v3/maintenance/hash', {}],
      ['/v3/auth/user/list', {}],
      ['/v3/auth/role/list', {}],
      ['/v3/election/leader', { name: 'bm9uZQ==' }],
    ])('%s %j', async (path, body) => {
      const [ours, theirs] = await both(path, body);
      expect(ours).toEqual(theirs);
    });
  });

  describe('JSON that is no request is refused alike, in other words', () => {
    it.each([
      '{"key":"Zm9',
      '{"key":"%%"}',
      '{"key":"Zm9v","limit":"abc"}',
      '{"key":"Zm9v","limit":1.5}',
      '{"key":"Zm9v","limit":9223372036854775808}',
      '{"key":"Zm9v","sort_order":true}',
      '{"key":"Zm9v","serializable":"true"}',
      '[]',
      '"x"',
    ])('%s', async (body) => {
      const [ours, theirs] = (await both('/v3/kv/range', body)) as { status: number; body: { code: number } }[];
      expect([ours!.status, ours!.body.code]).toEqual([theirs!.status, theirs!.body.code]);
    });
  });

  describe('what 3.5 and 3.6 changed is as there', () => {
    const PRECONDITION = from('3.5');
    it.each<[string, unknown, number, number, ((peer: PeerVersion) => boolean)?]>([
      ['/v3/auth/enable', {}, 400, 412, PRECONDITION],
      ['/v3/maintenance/transfer-leadership', { targetID: '1' }, 400, 412, PRECONDITION],
      ['/v3/kv/range', { key: 'Zm8' }, 200, 400],
      ['/v3/kv/range', { key: '_-8=' }, 200, 400],
      ['/v3/kv/range', { key: 'Zm9v', sort_order: 'WRONG' }, 200, 400],
      ['/v3/kv/range', { key: 'Zm9v', range_end: 'Zm9v', rangeEnd: 'Zm9v' }, 400, 200],
      ['/v3/kv/range', '{"key":"Zm9v","key":"Zm9v"}', 400, 200],
      ['/v3/kv/txn', { compare: [{ key: 'Zm9v', version: '1', value: 'YQ==' }] }, 400, 200],
      ['/v3/nothing', {}, 404, 404],
    ])('%s %j', async (path, body, status, before, isLike = NEW_GATEWAY) => {
      const [ours, theirs] = (await both(path, body)) as { status: number; body: { message: string } }[];
      expect([ours!.status, theirs!.status]).toEqual([status, isLike(version) ? status : before]);
      // The words about JSON that is no request are everybody's own.
      if (isNew && !theirs!.body.message?.startsWith('proto:')) expect(ours).toEqual(theirs);
    });

    it('refuses other methods', async () => {
      const [ours, theirs] = await Promise.all(
        [urls.ours, urls.theirs].map(async (base) => {
          const response = await fetch(`${base}/v3/kv/range`);
          const text = await response.text();
          return {
            status: response.status,
            body: isNew || base === urls.ours ? (JSON.parse(text) as unknown) : text,
          } as const;
        }),
      );
      expect(ours).toEqual({ status: 501, body: { code: 12, message: 'Method Not Allowed' } });
      if (isNew) expect(theirs).toEqual(ours);
    });
  });

  it('streams leases and snapshots alike', async () => {
    const lines = async (base: string, path: string, body: string): Promise<unknown[]> => {
      const text = await (await fetch(base + path, { method: 'POST', body })).text();
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    };
    const keepAlive = ['/v3/lease/keepalive', '{"ID":7587862072907113}{"ID":"5"}'] as const;
    expect(await lines(urls.ours, ...keepAlive)).toEqual(await lines(urls.theirs, ...keepAlive));
    const snapshot = ['/v3/maintenance/snapshot', '{}'] as const;
    const [ours, theirs] = [await lines(urls.ours, ...snapshot), await lines(urls.theirs, ...snapshot)];
    expect(ours.map((line) => Object.keys(line as object))).toEqual(theirs.map((line) => Object.keys(line as object)));
  });

  it('streams a watch alike, until the client leaves', async () => {
    const watch = async (base: string): Promise<unknown[]> => {
      const leave = new AbortController();
      const body = '{"create_request":{"key":"Zm9v","start_revision":"1","prev_kv":true}}';
      const response = await fetch(`${base}/v3/watch`, { method: 'POST', body, signal: leave.signal });
      const seen: unknown[] = [];
      let text = '';
      for await (const chunk of response.body!) {
        text += Buffer.from(chunk as Uint8Array).toString();
        const complete = text.split('\n').slice(0, -1);
        if (complete.length < 2) continue;
        seen.push(...complete.map((line) => JSON.parse(line) as unknown));
        break;
      }
      leave.abort();
      return seen;
    };
    expect(await watch(urls.ours)).toEqual(await watch(urls.theirs));
  });
});

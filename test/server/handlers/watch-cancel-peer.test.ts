/** A watch that a compaction ended, and a client that asks for its end as well: what a real etcd answers, and ours. */
import { expect, it } from 'vitest';
import { connectControl } from '../../../src/client/control/index.ts';
import { startTarget, type TargetSpec } from '../../../src/cluster/index.ts';
import { METHODS, type Message, type MessageInput } from '../../../src/core/api/index.ts';
import { realClock } from '../../../src/platform/clock.ts';
import { ClientPool, PreparedMethod, tcpNetwork } from '../../../src/wire/index.ts';
import { codecs } from '../../../src/wire/messages/index.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';

const OLD = 7n;
const LAST = 8n;
const REVISIONS = 5;

type WatchResponse = Message<'WatchResponse'>;

function told({ watchId, created, canceled, compactRevision }: WatchResponse): string {
  return [`watch ${watchId}`, created && 'created', canceled && 'cancelled', compactRevision > 0 && 'compacted']
    .filter((part) => part !== false)
    .join(' ');
}

/** What one stream tells of a watch of a compacted revision that is cancelled twice after that. */
async function play(endpoint: string): Promise<string[]> {
  const [host, port] = [endpoint.slice(0, endpoint.lastIndexOf(':')), endpoint.slice(endpoint.lastIndexOf(':') + 1)];
  const endpoints = [{ host, port: Number(port) }];
  const pool = new ClientPool({ endpoints, connections: 1, clock: realClock(), network: tcpNetwork() });
  try {
    return await new Promise<string[]>((resolve, reject) => {
      const lines: string[] = [];
      const stream = pool.stream(new PreparedMethod(METHODS.watch.path), {
        onMessage: (bytes) => {
          const response = codecs.WatchResponse.decode(Buffer.from(bytes));
          lines.push(told(response));
          if (response.compactRevision > 0) {
            send({ cancelRequest: { watchId: OLD } });
            send({ cancelRequest: { watchId: OLD } });
            send({ createRequest: { key: 'k', watchId: LAST } });
          }
          if (response.watchId === LAST) resolve(lines);
        },
        onEnd: (error) => reject(error ?? new Error('the stream ended')),
      });
      const send = (request: MessageInput<'WatchRequest'>): void => {
        stream.send(codecs.WatchRequest.encode(request));
      };
      send({ createRequest: { key: 'k', watchId: OLD, startRevision: 1 } });
    });
  } finally {
    pool.close();
  }
}

describeWithPeers(['etcd'], 'the cancellation of a watch that a compaction has ended', () => {
  it('is answered once more, as a real etcd does', async () => {
    const specs: TargetSpec[] = [
      { kind: 'etcd', binary: peerPath('etcd'), members: 1 },
      { kind: 'bundled', members: 1 },
    ];
    for (const spec of specs) {
      const target = await startTarget(spec, { clock: realClock() });
      const client = connectControl(target.connection);
      try {
        for (let i = 0; i < REVISIONS; i++) await client.put({ key: 'k', value: Buffer.from('v') });
        await client.compact({ revision: REVISIONS });
        const lines = await play(new URL(target.members[0]!.clientUrl).host);
        expect(lines, spec.kind).toEqual([
          'watch 7 created',
          'watch 7 cancelled compacted',
          'watch 7 cancelled',
          'watch 8 created',
        ]);
      } finally {
        client.close();
        await target.stop();
      }
    }
  });
});

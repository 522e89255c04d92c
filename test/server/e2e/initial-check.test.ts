/** --experimental-initial-corrupt-check, which kubeadm sets, between real members; refusals: test/server/boot. */
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLmdbBackend } from '../../../dist/storage/backend/index.js';
import { ready, Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../../support/peers.ts';

describeWithPeers(['etcdctl'], 'the check of a member before it serves', () => {
  let bench: Workbench;
  let members: BenchMember[];

  beforeAll(async () => {
    bench = new Workbench();
    members = await bench.cluster(3, { flags: ['--experimental-initial-corrupt-check=true'] });
    for (const i of [1, 2, 3]) await bench.ctl(members, ['put', `k${i}`, 'value']);
  });
  afterAll(() => bench.close());

  it('passes where the peers hold the same, and where they cannot be asked', async () => {
    const third = members[2]!;
    await third.process.terminate();
    third.process.start();
    await ready(third);
    expect(third.process.log).toContain('initial corruption checking passed');
    expect(third.process.log).not.toContain('cannot fetch hash');
    for (const member of members) await member.process.terminate();
    for (const member of members) member.process.start();
    await Promise.all(members.map((member) => ready(member)));
  });

  it('answers /members/hashkv on the peer port, as etcd does', async () => {
    const ask = async (member: BenchMember): Promise<unknown> => {
      const text = await askWithBody(`${member.peerUrl}/members/hashkv`, '{"revision":4}');
      return JSON.parse(text);
    };
    const [first, second] = await Promise.all(members.slice(0, 2).map(ask));
    expect(first).toEqual({ hash: expect.any(Number) as number, compact_revision: -1, hash_revision: 4 });
    expect(second).toEqual(first);
    expect(await askWithBody(`${members[0]!.peerUrl}/members/hashkv`, '{"revision":9}')).toMatch(/cannot be hashed/);
    expect(await askWithBody(`${members[0]!.peerUrl}/members/hashkv`, '{')).toMatch(/error unmarshalling/);
  });

  it('keeps a member from serving whose data is not what the others hold', async () => {
    const third = members[2]!;
    await third.process.terminate();
    const backend = openLmdbBackend(join(third.dataDir, 'member', 'snap', 'db'));
    backend.deleteRevision(3, 0);
    backend.commit(backend.consistentIndex, backend.consistentTerm);
    await new Promise<void>((resolve) => backend.close(resolve));
    third.process.start();
    expect(await third.process.ended(60_000)).toEqual({ code: 1, signal: null });
    expect(third.process.log).toContain('found data inconsistency with peers');
  });
});

/** A GET with a body, which fetch refuses to send. */
function askWithBody(url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'GET', agent: false, headers: { 'Content-Length': body.length } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () => resolve(text));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The JSON gateway over the client port, asked what a real etcd's is asked; its origin rules; and what a client's leaving does. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../cluster-e2e/support/until.ts';
import { Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../../support/peers.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const key = base64('k');

/** Path and body, in the order in which they are sent. */
const REQUESTS: [string, string][] = [
  ['kv/put', JSON.stringify({ key, value: base64('1') })],
  ['kv/put', JSON.stringify({ key, value: base64('2'), prev_kv: true })],
  ['kv/range', JSON.stringify({ key })],
  ['kv/range', JSON.stringify({ key, range_end: base64('\0'), limit: '1', sort_order: 'DESCEND' })],
  ['kv/range', JSON.stringify({ key: base64('none') })],
  ['kv/range', JSON.stringify({ key, revision: '1000' })],
  ['kv/range', JSON.stringify({})],
  ['kv/range', '{"key":'],
  ['kv/range', '{"key":"not base64!"}'],
  ['kv/txn', txn('MOD', { mod_revision: '2' })],
  ['kv/txn', txn('VALUE', { value: base64('2') })],
  ['lease/grant', '{"TTL":"60","ID":"77"}'],
  ['lease/grant', '{"TTL":"60","ID":77}'],
  ['lease/timetolive', '{"ID":"77","keys":true}'],
  ['lease/leases', '{}'],
  ['kv/lease/revoke', '{"ID":"77"}'],
  ['lease/revoke', '{"ID":"77"}'],
  ['lease/keepalive', '{"ID":"78"}'],
  ['kv/compaction', '{"revision":"2"}'],
  ['kv/compaction', '{"revision":"2"}'],
  ['kv/range', JSON.stringify({ key, revision: '1' })],
  ['kv/deleterange', JSON.stringify({ key, prev_kv: true })],
  ['cluster/member/remove', '{"ID":"1"}'],
  ['no/such', '{}'],
];

function txn(target: string, value: object): string {
  return JSON.stringify({
    compare: [{ key, target, result: 'EQUAL', ...value }],
    success: [{ request_put: { key, value: base64('3') } }, { request_range: { key } }],
    failure: [{ request_delete_range: { key: base64('other') } }],
  });
}

describeWithPeers(['etcd'], 'the JSON gateway on the client port', () => {
  let bench: Workbench;
  let ours: BenchMember;
  let theirs: BenchMember;

  beforeAll(async () => {
    bench = new Workbench();
    const rules = ['--cors=http://a.example:80,http://b.example:80', '--host-whitelist=127.0.0.1,allowed.example'];
    [ours, theirs] = await Promise.all([
      bench.member({ flags: rules }, 'ours'),
      bench.member({ program: 'etcd', flags: rules }, 'theirs'),
    ]);
  });
  afterAll(() => bench.close());

  const ask = async ({ clientUrl }: BenchMember, [path, body]: [string, string]) => {
    const answer = await fetch(`${clientUrl}/v3/${path}`, { method: 'POST', body });
    // The gateway of etcd 3.4 answers FailedPrecondition with 412, that of 3.6, which ours follows, with 400.
    const status = answer.status === 412 ? 400 : answer.status;
    return `${path} ${body}\n${status} ${mask(plain(await answer.text()))}`;
  };

  it('answers as a real etcd’s', async () => {
    for (const request of REQUESTS) expect(await ask(ours, request)).toBe(await ask(theirs, request));
  });

  it('streams a watch as a real etcd’s does', async () => {
    const watch = async (member: BenchMember): Promise<string[]> => {
      const leaving = new AbortController();
      const body = JSON.stringify({ create_request: { key: base64('watched') } });
      const answer = await fetch(`${member.clientUrl}/v3/watch`, { method: 'POST', body, signal: leaving.signal });
      const lines: string[] = [];
      let pending = '';
      for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
        pending += piece;
        const whole = pending.split('\n');
        pending = whole.pop()!;
        for (const line of whole) lines.push(mask(plain(line)));
        if (lines.length === 1) await ask(member, ['kv/put', JSON.stringify({ key: base64('watched'), value: key })]);
        if (lines.length >= 2) break;
      }
      leaving.abort();
      return lines;
    };
    const own = await watch(ours);
    expect(own).toEqual(await watch(theirs));
    expect(own[1]).toContain(base64('watched'));
  });

  it('follows the origin rules as a real etcd does', async () => {
    const { request } = await import('node:http');
    /** Through node's own client: fetch does not let a Host or Origin be named. */
    const rules = ({ clientUrl }: BenchMember, method: string, headers: Record<string, string>): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const sent = request(`${clientUrl}/version`, { method, headers }, (answer) => {
          answer.resume();
          const allowed = Object.entries(answer.headers).filter(([name]) => name.startsWith('access-control-'));
          resolve({ status: answer.statusCode, headers: Object.fromEntries(allowed) });
        });
        sent.on('error', reject);
        sent.end();
      });
    const cases: [string, Record<string, string>][] = [
      ['GET', {}],
      ['GET', { Origin: 'http://a.example:80' }],
      ['GET', { Origin: 'http://c.example:80' }],
      ['OPTIONS', { Origin: 'http://b.example:80' }],
      ['GET', { Host: 'allowed.example' }],
      ['GET', { Host: 'evil.example' }],
      ['GET', { Host: 'evil.example:2379', Origin: 'http://a.example:80' }],
    ];
    for (const [method, headers] of cases) {
      const asked = { method, ...headers };
      expect({ asked, answer: await rules(ours, method, headers) }).toEqual({
        asked,
        answer: await rules(theirs, method, headers),
      });
    }
  });

  it('gives up a call when its client leaves', async () => {
    // Two members, one of them gone: a linearizable read waits for a quorum that never comes.
    const [alive, gone] = (await bench.cluster(2)) as [BenchMember, BenchMember];
    await gone.process.kill();
    const leaving = new AbortController();
    const read = fetch(`${alive.clientUrl}/v3/kv/range`, {
      method: 'POST',
      body: JSON.stringify({ key }),
      signal: leaving.signal,
    });
    const counted = async (series: string): Promise<number> => {
      const text = await (await fetch(`${alive.clientUrl}/metrics`)).text();
      return Number(new RegExp(`^${series}grpc_method="Range".*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    };
    await until('the call has arrived', async () => (await counted('grpc_server_started_total\\{')) === 1);
    leaving.abort();
    await expect(read).rejects.toThrow();
    const cancelled = 'grpc_server_handled_total\\{grpc_code="Canceled",';
    await until('the call is cancelled', async () => (await counted(cancelled)) === 1);
  });
});

/** Ids differ, and our version answers what older ones leave out. */
/** An answer as every version tells it: 3.6 adds spaces, 3.4 the text of an error under `error`. */
function plain(text: string): string {
  if (text === 'Not Found\n') return plain('{"code":5,"message":"Not Found"}');
  const { error: _error, code, message, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({ ...rest, code, message });
}

function mask(text: string): string {
  return (
    text
      // What is no JSON is told in each parser's own words.
      .replace(/"(message)":"(?!etcdserver|Not)(?:[^"\\]|\\.)*"/g, '"$1":"…"')
      .replace(/"(cluster_id|member_id|raft_term)":"\d+"/g, '"$1":"N"')
  );
}
